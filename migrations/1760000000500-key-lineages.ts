import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Scopes mean a key and all that replaced it by rotation, whichever of them they name. */
export class KeyLineages1760000000500 implements MigrationInterface {
  name = 'KeyLineages1760000000500';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE api_keys ADD COLUMN first_id uuid');
    await queryRunner.query(`
      WITH RECURSIVE chain (id, first_id) AS (
        SELECT successor_id, id FROM api_keys AS first
          WHERE successor_id IS NOT NULL AND NOT EXISTS (SELECT FROM api_keys WHERE successor_id = first.id)
        UNION ALL
        SELECT next.successor_id, chain.first_id
          FROM chain JOIN api_keys AS next ON next.id = chain.id AND next.successor_id IS NOT NULL
      )
      UPDATE api_keys SET first_id = chain.first_id FROM chain WHERE api_keys.id = chain.id`);
    await queryRunner.query(
      'CREATE INDEX api_keys_first_idx ON api_keys (first_id) WHERE first_id IS NOT NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE api_keys DROP COLUMN first_id');
  }
}
