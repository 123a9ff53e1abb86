import type { SnowflakeRelay } from '../credentials/broker.ts';

/** The login relay as a server on 127.0.0.1. */
export const snowflakeRelay: SnowflakeRelay = async () => {
  throw new Error('not there yet');
};
