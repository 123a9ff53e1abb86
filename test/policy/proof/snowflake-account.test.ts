import { describe, expect, it } from 'vitest';
import { type Login, loginSucceeds, snowflakeAccount } from './snowflake-account.ts';

const GUARD = `CREATE AUTHENTICATION POLICY IF NOT EXISTS P AUTHENTICATION_METHODS=('WORKLOAD_IDENTITY')
  WORKLOAD_IDENTITY_POLICY=(ALLOWED_PROVIDERS=(OIDC, AWS) ALLOWED_OIDC_ISSUERS=('i') ALLOWED_AWS_ACCOUNTS=('1'));
ALTER USER u SET AUTHENTICATION POLICY p;`;
const USER = 'CREATE USER IF NOT EXISTS U TYPE=SERVICE DEFAULT_ROLE=R DEFAULT_SECONDARY_ROLES=();';
const OIDC =
  "ALTER USER U ADD WORKLOAD IDENTITY a TYPE=OIDC ISSUER='i' SUBJECT='it''s; \\u0061' OIDC_AUDIENCE_LIST=('a', 'b')";
const AWS = "ALTER USER U ADD WORKLOAD IDENTITY b TYPE=AWS ARN='arn:aws:iam::1:role/r';";
const SCRIPT = `-- a comment; not a statement\n${USER}\n${OIDC};\n${AWS}\nGRANT ROLE R TO USER U;\n${GUARD}\n`;

const claims = { iss: 'i', sub: "it's; a", aud: 'b', ref: 'main' };
const jwt = (more: object = {}): Login => ({
  type: 'OIDC',
  claims: new Map(Object.entries({ ...claims, ...more })),
});
const takes = (login: Login, script = SCRIPT, user = 'u') =>
  loginSucceeds(snowflakeAccount(script), user, login);

describe('the evaluator of accounts of Snowflake', () => {
  it.each([
    ['all of it', {}, true],
    ['another issuer', { iss: 'j' }, false],
    ['another subject', { sub: "It's; a" }, false],
    ['another audience', { aud: 'c' }, false],
    ['a list of audiences', { aud: ['a'] }, false],
    ['no subject', { sub: undefined }, false],
    ['a claim that is not named', { ref: 'x' }, true],
  ])('%s', (_, more, expected) => {
    expect(takes(jwt(more))).toBe(expected);
  });

  it('compares each claim of CLAIMS', () => {
    const script = SCRIPT.replace(OIDC, `${OIDC} CLAIMS=(ref='main' environment='prod')`);
    expect(takes(jwt({ environment: 'prod' }), script)).toBe(true);
    expect(takes(jwt({ environment: 'prod', ref: 'x' }), script)).toBe(false);
    expect(takes(jwt(), script)).toBe(false);
  });

  it('knows the role of AWS, and no other way in', () => {
    expect(takes({ type: 'AWS', arn: 'arn:aws:iam::1:role/r' })).toBe(true);
    expect(takes({ type: 'AWS', arn: 'arn:aws:iam::1:role/x' })).toBe(false);
    expect(takes({ type: 'OAUTH' })).toBe(false);
    expect(takes({ type: 'OAUTH' }, SCRIPT.replaceAll("'WORKLOAD_IDENTITY'", "'OAUTH'"))).toBe(true);
    expect(takes(jwt(), SCRIPT, 'v')).toBe(false);
  });

  it.each([
    ['the method', "'WORKLOAD_IDENTITY'", "'OAUTH'"],
    ['the provider', 'ALLOWED_PROVIDERS=(OIDC, AWS)', 'ALLOWED_PROVIDERS=(AWS)'],
    ['the issuer', "ALLOWED_OIDC_ISSUERS=('i')", "ALLOWED_OIDC_ISSUERS=('j')"],
  ])('asks the authentication policy for %s', (_, from, to) => {
    expect(takes(jwt(), SCRIPT.replace(from, to))).toBe(false);
  });

  it.each([
    ['DROP USER U;'],
    ["CREATE USER IF NOT EXISTS V TYPE=PERSON PASSWORD='x';"],
    [AWS],
    ['ALTER USER W SET AUTHENTICATION POLICY P;'],
    ['GRANT ROLE R TO USER U'],
    ["ALTER USER U ADD WORKLOAD IDENTITY c TYPE=OIDC SUBJECT='\\n';"],
    ['ALTER USER U ADD WORKLOAD IDENTITY c TYPE=OIDC TYPE=AWS;'],
    ['ALTER USER U ADD WORKLOAD IDENTITY c TYPE=OIDC extra;'],
    ['ALTER USER U ADD WORKLOAD IDENTITY c AUDIENCES=(a'],
    ['é'],
  ])('does not read %s', (more) => {
    expect(() => snowflakeAccount(`${SCRIPT}${more}`)).toThrow();
  });

  it('does not read options that it does not know, nor a user without an authentication policy', () => {
    expect(() => takes(jwt(), SCRIPT.replace('ISSUER=', 'ISSUERS='))).toThrow('options ISSUERS');
    expect(() => takes(jwt(), `${USER}${OIDC};`)).toThrow('no authentication policy');
  });
});
