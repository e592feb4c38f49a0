/**
 * A DataSource with a pool of its own, whose connections give up after two seconds without a word from PostgreSQL: for cold
 * keys and the configuration's changes, and nothing that may take longer.
 */
export const LOOKUP_DATA_SOURCE = Symbol('LookupDataSource');
