import type { RowScope } from './row-scope.js';

/** Where in the tree of collections a request stands. */
export interface CollectionPlace {
  /** Whose rows it may touch. */
  scope: RowScope;
  /** Who owns what it creates; null where the body names nobody that the caller could create it for. */
  owner: string | null;
  /** The body without what told the place. */
  body: unknown;
  /** Path of the collection, for `Location`. */
  path: string;
}
