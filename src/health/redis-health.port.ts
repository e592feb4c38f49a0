/** Whether Redis is used, and whether it answers. */
export interface RedisHealth {
  describe(): 'unused' | 'up' | 'down';
}

export const REDIS_HEALTH = Symbol('RedisHealth');
