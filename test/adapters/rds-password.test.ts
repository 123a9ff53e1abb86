import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { rdsPassword } from '../../src/adapters/rds-password.ts';
import { Secret } from '../../src/secret.ts';
import { describeWith, toolPath } from '../support/tools.ts';

const DATABASE = { host: 'db.cluster-x.eu-west-1.rds.amazonaws.com', port: 5433, region: 'eu-west-1' };
const KEYS = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  secretAccessKey: new Secret('secret/with+signs='),
  sessionToken: new Secret("session/token+with=signs !*'()~"),
};

/** The parts of a password, by name. */
function parts(password: string): Record<string, string> {
  const [place = '', query = ''] = password.split('/?');
  return { place, ...Object.fromEntries(query.split('&').map((pair) => pair.split('=', 2))) };
}

describeWith(['warehouseDbt'], 'rdsPassword beside botocore', () => {
  it.each(['dbt_jaffle', 'user+with@signs'])('makes the same password for %s', async (user) => {
    const script = `import sys, boto3
host, port, user, region = sys.argv[1:]
print(boto3.client('rds', region_name=region).generate_db_auth_token(host, int(port), user))`;
    const python = join(dirname(toolPath('warehouseDbt')), 'python');
    const words = ['-c', script, DATABASE.host, String(DATABASE.port), user, DATABASE.region];
    const env = {
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey.reveal(),
      AWS_SESSION_TOKEN: KEYS.sessionToken.reveal(),
    };
    const theirs = parts(execFileSync(python, words, { env, encoding: 'utf8' }).trim());
    const stamp = theirs['X-Amz-Date'] ?? '';
    const now = new Date(stamp.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
    const ours = parts((await rdsPassword({ ...DATABASE, user }, KEYS, now)).reveal());
    expect(ours['X-Amz-Signature']).toMatch(/^[0-9a-f]{64}$/);
    expect(ours).toEqual(theirs);
  });
});
