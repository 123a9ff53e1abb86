import type { Clouds } from '../credentials/clouds.ts';

/** A password for one database user of RDS. */
export const rdsPassword: Clouds['rdsPassword'] = async () => {
  throw new Error('not there yet');
};
