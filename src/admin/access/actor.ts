export type Role = 'platform-admin' | 'tenant-admin' | 'viewer';

export const ROLES: readonly Role[] = ['platform-admin', 'tenant-admin', 'viewer'];

/** Who calls the admin plane, and from where. */
export interface Actor {
  /** Row id of an administrator, `bootstrap`, or `oidc:<subject>`. */
  id: string;
  name: string;
  role: Role;
  /** The only tenant this actor sees; null for the platform's. */
  tenantId: string | null;
  ip: string;
  requestId: string;
  /** What the client called its request, if it did; not checked for being unique. */
  clientRequestId: string | null;
}

/** Who a token stands for, before the request's own circumstances are added. */
export type Identity = Pick<Actor, 'id' | 'name' | 'role' | 'tenantId'>;
