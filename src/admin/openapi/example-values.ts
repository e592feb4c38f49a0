/** Values that examples share. */
export const EXAMPLE = {
  tenantId: '0197f3a0-7c1e-7000-8000-000000000001',
  keyId: '0197f3a0-7c1e-7000-8000-000000000002',
  providerId: '0197f3a0-7c1e-7000-8000-000000000003',
  modelId: '0197f3a0-7c1e-7000-8000-000000000004',
  deploymentId: '0197f3a0-7c1e-7000-8000-000000000005',
  id: '0197f3a0-7c1e-7000-8000-000000000006',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  instant: '2026-01-31T12:00:00.000Z',
} as const;

export const EXAMPLE_STAMPS = {
  managedBy: 'api',
  createdAt: EXAMPLE.instant,
  updatedAt: EXAMPLE.instant,
} as const;

export const EXAMPLE_OWNED = { id: EXAMPLE.id, owner: 'platform', ...EXAMPLE_STAMPS } as const;
