import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which key a rotated one was replaced by: it is rotated once, and its expiry is the overlap's, no longer its own. */
export class KeySuccessors1760000000400 implements MigrationInterface {
  name = 'KeySuccessors1760000000400';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE api_keys ADD COLUMN successor_id uuid');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE api_keys DROP COLUMN successor_id');
  }
}
