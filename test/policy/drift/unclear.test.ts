import { describe, expect, it } from 'vitest';
import { driftExit, driftOf } from '../../../src/policy/drift/drift.ts';
import { load } from '../fixture.ts';
import { COMPARED, type Compared, deployed, EVERYTHING } from './deployed.ts';

/** The result for what is deployed with one text replaced by another. */
async function changed(target: Compared, from: string | RegExp, to: string) {
  const loaded = await load(EVERYTHING);
  const plainFiles = deployed(loaded.policy, target).map(({ name, text }) => ({
    name,
    text: readable(text),
  }));
  const files = plainFiles.map(({ name, text }) => ({ name, text: text.replace(from, to) }));
  expect(files).not.toEqual(plainFiles);
  return driftOf(loaded, target, files, COMPARED[target]);
}

/** A trust document as an object, whichever way the command printed it. */
function readable(text: string): string {
  return text
    .replace(/"(%7B[^"]*)"/g, (_, encoded: string) => decodeURIComponent(encoded))
    .replace(/"([A-Za-z_]+)": /g, '"$1":');
}

describe('what is not understood counts as wider', () => {
  it.each([
    ['aws', /"StringEquals":/, '"ForAllValues:StringEquals":', 'ForAllValues:StringEquals'],
    ['aws', /"StringEquals":/, '"StringEqualsIfExists":', 'StringEqualsIfExists'],
    ['aws', /"Principal":/, '"NotPrincipal":', 'Principal'],
    ['aws', /"Action":/, '"NotAction":', 'Action'],
    ['aws', /"Effect":"Allow"|"Effect":\s*"Allow"/, '"Effect":"Deny"', 'Effect'],
    ['aws', /sts:AssumeRoleWithWebIdentity/, 'sts:AssumeRole', 'action sts:assumerole'],
    ['aws', /githubusercontent\.com:aud/, 'githubusercontent.com:event_name', 'event_name'],
    ['aws', /111122223333:oidc-provider/, '999999999999:oidc-provider', 'of another account'],
    ['aws', /"octo-org\/mart"/, '"octo-org/${aws:username}"', 'variable'],
    [
      'gcp',
      /assertion\.repository==\\"/,
      'has(assertion.ref) && assertion.repository==\\"',
      'not understood',
    ],
    ['gcp', /assertion\.repository==/, '!assertion.repository==', 'not understood'],
    [
      'gcp',
      /assertion\.repository==\\"[^"]*"/,
      'assertion.repository.matches(\\"^(a|b)$\\")',
      'regular expression',
    ],
    ['gcp', /"issuerUri":/, '"jwksJson":"{}","issuerUri":', "issuer's own keys"],
    ['gcp', /roles\/iam\.workloadIdentityUser/, 'roles/owner', 'roles/owner'],
    ['gcp', /"principalSet:[^"]*"/, '"user:eve@example.com"', 'eve@example.com'],
    [
      'gcp',
      /workloadIdentityPools\/github\/attribute/,
      'workloadIdentityPools/other/attribute',
      'no file of a provider',
    ],
    ['gcp', /(?<=grant": )"assertion\.repository_id \+ /, '"assertion.sub.extract(\\"x\\") + ', 'mapping'],
    ['snowflake', /"type":"OIDC"/, '"type":"GCP"', 'type GCP'],
    ['snowflake', /\\"subject\\"/, '\\"subjects\\"', 'additional_info'],
    ['databricks', /"subject_claim":/, '"jwks_uri":"https://x.example","subject_claim":', 'jwks_uri'],
    [
      'azure',
      /"subject":\s*"[^"]*"/,
      '"claimsMatchingExpression":{"value":"claims[\'sub\'] startsWith \'a\'"}',
      'expression',
    ],
    ['vault', /"bound_claims_type":"string"/, '"bound_claims_type":"regex"', 'bound_claims'],
    ['vault', /"token_bound_cidrs":\[\]/, '"bound_cidrs":["10.0.0.0/8"]', 'bound_cidrs'],
    ['vault', /"role_type":"jwt"/, '"role_type":"oidc"', 'role_type'],
    ['vault', /"jwt_validation_pubkeys":\[\]/, '"jwt_validation_pubkeys":["-----BEGIN"]', 'keys'],
    ['keycloak', /"federated-jwt"/, '"client-secret-jwt"', ''],
    ['keycloak', /"standardFlowEnabled":\s*false/, '"standardFlowEnabled":true', 'lets users in'],
    ['keycloak', /"validateSignature":\s*"true"/, '"validateSignature":"false"', 'no signature'],
    ['kong', /name: "?jwt"?\n/, 'name: jwt-other\n', 'no jwt plugin'],
    [
      'kong',
      /key_claim_name: "?sub"?\n/,
      'key_claim_name: sub\n          anonymous: guest\n',
      'without a token',
    ],
  ] as const)('%s: %s becomes %s', async (target, from, to, note) => {
    const report = await changed(target, from, to);
    const odd = report.principals.filter(({ result }) => result === 'unknown' || result === 'missing');
    expect(odd.length).toBeGreaterThan(0);
    expect(odd.flatMap(({ notes }) => notes).join('\n')).toContain(note);
    expect(driftExit(report)).toBe(3);
  });

  it.each([
    ['{', 'expected JSON'],
    ['{"Role":1,"Role":2}', 'twice'],
    ['{"Role":{"Arn":"x"}}', 'aws iam get-role'],
    ['{"repository_id":"1"}', 'the file is something else'],
    ['[]', 'aws iam get-role'],
    ['{"Role":{"Arn":"arn:aws:iam::1:role/x","AssumeRolePolicyDocument":"%7B%ZZ"}}', 'expected JSON'],
    ['"\u0007"', 'expected'],
  ])('a file of %s cannot be read', async (text, message) => {
    const report = driftOf(await load(EVERYTHING), 'aws', [{ name: 'role.json', text }]);
    expect(report.faults).toEqual([{ file: 'role.json', message: expect.stringContaining(message) }]);
    expect(driftExit(report)).toBe(1);
  });

  it('a call without files is refused', async () => {
    const loaded = await load(EVERYTHING);
    expect(() => driftOf(loaded, 'aws', [])).toThrow(/1 to 1000 files/);
  });
});
