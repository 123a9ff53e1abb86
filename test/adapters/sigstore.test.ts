import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keySigner } from '../../src/adapters/signing-key.ts';
import { type KeylessOptions, keylessSigner } from '../../src/adapters/sigstore.ts';
import { PassportError } from '../../src/errors.ts';
import { BUNDLE_NAME } from '../../src/evidence/bundle.ts';
import { exitCode, type Verdict } from '../../src/evidence/verdict.ts';
import { verifyEvidence } from '../../src/evidence/verify.ts';
import { Secret } from '../../src/secret.ts';
import { bytes, p256Key, sealed, text, trueRecord } from '../support/evidence.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';
import { identity, RUN_CONTEXT, startedRecord } from '../support/records.ts';
import { FULCIO_PATH, REKOR_PATH, type Sigstore, startSigstore, TSA_PATH } from '../support/sigstore.ts';

let issuer: Issuer;
let sigstore: Sigstore;
/** The claims of the run; Fulcio's token has them too. */
let claims: Record<string, unknown>;
beforeAll(async () => {
  issuer = await startIssuer();
  sigstore = await startSigstore({ issuerUrl: issuer.issuer });
  claims = { ...Object.fromEntries(identity().claims), iss: issuer.issuer };
});
afterAll(async () => {
  await sigstore.close();
  await issuer.close();
});
beforeEach(() => {
  for (const path of [FULCIO_PATH, REKOR_PATH, TSA_PATH]) sigstore.answer(path, undefined);
  sigstore.requests.length = 0;
});

/** A token for Fulcio with the claims of the run, but its own audience, id and times. */
async function token(change: Record<string, unknown> = {}): Promise<Secret> {
  const { aud: _aud, iat: _iat, exp: _exp, nbf: _nbf, jti: _jti, ...own } = claims;
  return new Secret(await issuer.mint({ audience: 'sigstore', claims: { ...own, ...change } }));
}

const IDENTITY = 'https://github.com/acme/jaffle-shop/.github/workflows/nightly.yml@refs/heads/main';

async function trueRecordOfJob(change: Record<string, unknown> = {}) {
  const record = await trueRecord({ ...claims, ...change });
  const known = record.facts.identity;
  if (known !== undefined)
    record.keep('identity', { ...known, token: { ...known.token, issuer: issuer.issuer } });
  record.finish(new Date());
  return record;
}

function signer(options: Partial<KeylessOptions> = {}) {
  return keylessSigner({ fulcioUrl: sigstore.fulcioUrl, idToken: () => token(), ...options });
}

function trust(change: { trustedRoot?: unknown; identity?: string; issuer?: string } = {}) {
  return {
    kind: 'root',
    trustedRoot: sigstore.trustedRoot,
    identity: IDENTITY,
    issuer: issuer.issuer,
    ...change,
  } as const;
}

const named = (verdict: Verdict, result: string) =>
  verdict.checks.filter((check) => check.result === result).map((check) => check.name);

describe('keyless signing against local services', () => {
  const modes: [string, () => Partial<KeylessOptions>, () => unknown][] = [
    ['Fulcio and Rekor', () => ({ rekorUrl: sigstore.rekorUrl }), () => sigstore.trustedRoot],
    [
      'Fulcio and a timestamp',
      () => ({ tsaUrl: sigstore.tsaUrl }),
      () => ({ ...sigstore.trustedRoot, tlogs: [] }),
    ],
    [
      'all three',
      () => ({ rekorUrl: sigstore.rekorUrl, tsaUrl: sigstore.tsaUrl }),
      () => sigstore.trustedRoot,
    ],
  ];
  it.each(modes)('%s: signed, verified, certified', async (_, options, root) => {
    const files = await sealed(await trueRecordOfJob(), signer(options()));
    const verdict = await verifyEvidence(files, trust({ trustedRoot: root() }), {});
    expect(named(verdict, 'failed')).toEqual([]);
    expect(exitCode(verdict)).toBe(0);
    expect(verdict.signer).toBe(IDENTITY);
    const certified = verdict.checks.filter((check) => check.name === 'certificate-claims');
    expect(certified.map((check) => check.detail)).toEqual([
      '17 claims are in the certificate',
      'not in the certificate: actor',
    ]);
  });

  it('names the signer by its certificate', async () => {
    const { signer: fact } = await signer({ tsaUrl: sigstore.tsaUrl })(new Uint8Array([1]));
    expect(fact).toEqual({ mode: 'keyless', identity: IDENTITY });
  });

  it('signs with a key and proves the time', async () => {
    const key = p256Key();
    const files = await sealed(await trueRecordOfJob(), keySigner(key.secret, { tsaUrl: sigstore.tsaUrl }));
    const { trustedRoot } = sigstore;
    const verdict = await verifyEvidence(files, { kind: 'key', pem: key.publicPem, trustedRoot }, {});
    const detail = expect.stringMatching(/^signed at \d{4}-/);
    expect(verdict.checks).toContainEqual({ name: 'time', result: 'ok', detail });
    expect(exitCode(verdict)).toBe(0);
  });

  it('a log of several entries proves each of them', async () => {
    for (let entry = 0; entry < 6; entry += 1) {
      const files = await sealed(await trueRecordOfJob(), signer({ rekorUrl: sigstore.rekorUrl }));
      expect(named(await verifyEvidence(files, trust(), {}), 'failed')).toEqual([]);
    }
  });
});

describe('X03: what a trusted root must not accept', () => {
  const all = () => signer({ rekorUrl: sigstore.rekorUrl, tsaUrl: sigstore.tsaUrl });

  it('X03 certificate for another workflow', async () => {
    const other = { job_workflow_ref: 'acme/jaffle-shop/.github/workflows/pr.yml@refs/pull/7/merge' };
    const files = await sealed(
      await trueRecordOfJob(other),
      signer({ tsaUrl: sigstore.tsaUrl, rekorUrl: sigstore.rekorUrl, idToken: () => token(other) }),
    );
    expect(named(await verifyEvidence(files, trust(), {}), 'failed')).toEqual(['identity']);
  });

  it.each([
    ['a prefix of the identity', { identity: IDENTITY.slice(0, -1) }, 'identity'],
    ['a pattern that would match it', { identity: IDENTITY.replace('nightly', '.*') }, 'identity'],
    ['another issuer', { issuer: 'https://token.actions.githubusercontent.com' }, 'issuer'],
  ])('X03 %s', async (_, change, check) => {
    const files = await sealed(await trueRecordOfJob(), all());
    expect(named(await verifyEvidence(files, trust(change), {}), 'failed')).toEqual([check]);
  });

  it.each([['identity'], ['issuer']])('X03 no %s given is a usage error, not a pass', async (field) => {
    const files = await sealed(await trueRecordOfJob(), all());
    const refusal = verifyEvidence(files, trust({ [field]: '' }), {});
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
  });

  it.each([
    ['repository_id', { repository_id: '1' }],
    ['environment', { environment: 'staging' }],
    ['sub', { sub: 'repo:acme/other:environment:production' }],
    ['runner_environment', { runner_environment: 'self-hosted' }],
    ['job_workflow_sha', { job_workflow_sha: 'f'.repeat(40) }],
  ])('X03 the record claims another %s than the certificate', async (_, change) => {
    const record = await trueRecordOfJob(change);
    const known = record.facts.identity;
    if (known !== undefined) {
      record.keep('identity', {
        ...known,
        token: { ...known.token, subject: String(known.claims.get('sub')) },
      });
    }
    const verdict = await verifyEvidence(await sealed(record, all()), trust(), {});
    expect(named(verdict, 'failed')).toEqual(['certificate-claims']);
  });

  it('X04 re-signed by a pull request workflow with the claims of the real run', async () => {
    const fake = {
      job_workflow_ref: 'acme/jaffle-shop/.github/workflows/pr.yml@refs/pull/7/merge',
      ref: 'refs/pull/7/merge',
    };
    const forged = signer({
      tsaUrl: sigstore.tsaUrl,
      rekorUrl: sigstore.rekorUrl,
      idToken: () => token(fake),
    });
    const verdict = await verifyEvidence(await sealed(await trueRecordOfJob(), forged), trust(), {});
    expect(named(verdict, 'failed')).toContain('identity');
    expect(named(verdict, 'failed')).toContain('certificate-claims');
  });

  it('claims that an older certificate does not hold are reported, not trusted', async () => {
    const older = await startSigstore({ issuerUrl: issuer.issuer, without: [23, 24] });
    const files = await sealed(
      await trueRecordOfJob(),
      signer({ fulcioUrl: older.fulcioUrl, rekorUrl: older.rekorUrl }),
    );
    const verdict = await verifyEvidence(files, trust({ trustedRoot: older.trustedRoot }), {});
    await older.close();
    expect(verdict.checks).toContainEqual({
      name: 'certificate-claims',
      result: 'not-certified',
      detail: 'not in the certificate: environment, token subject, actor',
    });
    expect(exitCode(verdict)).toBe(0);
  });

  it.each([
    ['another certificate authority', 'certificate', 'certificateAuthorities'],
    ['another log', 'transparency-log', 'tlogs'],
    ['another certificate log', 'certificate', 'ctlogs'],
    ['another timestamp authority', 'time', 'timestampAuthorities'],
  ])('X03 %s', async (_, check, part) => {
    const files = await sealed(await trueRecordOfJob(), all());
    const other = await startSigstore({ issuerUrl: issuer.issuer });
    const trustedRoot = { ...sigstore.trustedRoot, [part]: other.trustedRoot[part as 'tlogs'] };
    await other.close();
    expect(named(await verifyEvidence(files, trust({ trustedRoot }), {}), 'failed')).toEqual([check]);
  });

  it('X03 a log of the root was not used', async () => {
    const files = await sealed(await trueRecordOfJob(), signer({ tsaUrl: sigstore.tsaUrl }));
    expect(named(await verifyEvidence(files, trust(), {}), 'failed')).toEqual(['transparency-log']);
  });

  it('X03 expired chain: the authority was not valid at that time', async () => {
    const files = await sealed(await trueRecordOfJob(), all());
    const ended = { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' };
    const certificateAuthorities = sigstore.trustedRoot.certificateAuthorities.map((ca) => ({
      ...ca,
      validFor: ended,
    }));
    const verdict = await verifyEvidence(
      files,
      trust({ trustedRoot: { ...sigstore.trustedRoot, certificateAuthorities } }),
      {},
    );
    expect(named(verdict, 'failed')).toEqual(['certificate']);
  });

  it('X03 a key is pinned, the bundle has a certificate; and the other way round', async () => {
    const key = p256Key();
    const { trustedRoot } = sigstore;
    const keyless = await sealed(await trueRecordOfJob(), all());
    for (const pinned of [{}, { trustedRoot }]) {
      const verdict = await verifyEvidence(keyless, { kind: 'key', pem: key.publicPem, ...pinned }, {});
      expect(verdict.checks.at(-1)).toMatchObject({
        result: 'failed',
        detail: expect.stringMatching(/^expected a public key/),
      });
    }
    const keyed = await sealed(await trueRecordOfJob(), keySigner(key.secret));
    const verdict = await verifyEvidence(keyed, trust(), {});
    expect(verdict.checks.at(-1)).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(/^expected a certificate/),
    });
  });

  it('X03 a certificate that is in no certificate log', async () => {
    const silent = await startSigstore({ issuerUrl: issuer.issuer, certificateLog: false });
    const files = await sealed(
      await trueRecordOfJob(),
      signer({ fulcioUrl: silent.fulcioUrl, rekorUrl: silent.rekorUrl }),
    );
    await silent.close();
    const verdict = await verifyEvidence(files, trust({ trustedRoot: silent.trustedRoot }), {});
    expect(named(verdict, 'failed')).toEqual(['certificate']);
    const trustedRoot = { ...silent.trustedRoot, ctlogs: [] };
    expect(named(await verifyEvidence(files, trust({ trustedRoot }), {}), 'failed')).toEqual([]);
  });

  it('X03 a log entry whose time nobody signed', async () => {
    const files = await sealed(await trueRecordOfJob(), signer({ rekorUrl: sigstore.rekorUrl }));
    const bundle = JSON.parse(text(files.get(BUNDLE_NAME)));
    delete bundle.verificationMaterial.tlogEntries[0].inclusionPromise;
    files.set(BUNDLE_NAME, bytes(JSON.stringify(bundle)));
    expect(named(await verifyEvidence(files, trust(), {}), 'failed')).toEqual(['time']);
  });

  it('X03 an unsigned time beside a proven one counts for nothing', async () => {
    const files = await sealed(await trueRecordOfJob(), all());
    const bundle = JSON.parse(text(files.get(BUNDLE_NAME)));
    const [entry] = bundle.verificationMaterial.tlogEntries;
    delete entry.inclusionPromise;
    entry.integratedTime = '1';
    files.set(BUNDLE_NAME, bytes(JSON.stringify(bundle)));
    const time = (await verifyEvidence(files, trust(), {})).checks.find(({ name }) => name === 'time');
    expect(time).toMatchObject({ result: 'ok', detail: expect.stringMatching(/^signed at 2/) });
  });

  it('X03 a record that was signed before its run ended', async () => {
    const record = await trueRecordOfJob();
    record.finish(new Date(Date.now() + 6 * 60_000));
    expect(named(await verifyEvidence(await sealed(record, all()), trust(), {}), 'failed')).toEqual(['time']);
    record.finish(new Date(Date.now() + 4 * 60_000));
    expect(named(await verifyEvidence(await sealed(record, all()), trust(), {}), 'failed')).toEqual([]);
  });

  it('X03 a bundle that is full of timestamps', async () => {
    const files = await sealed(await trueRecordOfJob(), all());
    const bundle = JSON.parse(text(files.get(BUNDLE_NAME)));
    const { timestampVerificationData } = bundle.verificationMaterial;
    const [one] = timestampVerificationData.rfc3161Timestamps;
    timestampVerificationData.rfc3161Timestamps = Array.from({ length: 33 }, () => one);
    files.set(BUNDLE_NAME, bytes(JSON.stringify(bundle)));
    expect(named(await verifyEvidence(files, trust(), {}), 'failed')).toEqual(['bundle']);
  });

  it('X03 a key and a root are pinned, but nothing says when', async () => {
    const key = p256Key();
    const files = await sealed(await trueRecordOfJob(), keySigner(key.secret));
    const { trustedRoot } = sigstore;
    const verdict = await verifyEvidence(files, { kind: 'key', pem: key.publicPem, trustedRoot }, {});
    expect(named(verdict, 'failed')).toEqual(['time']);
  });

  it('X03 no token was verified: what the job said is compared all the same', async () => {
    const early = async (change: object) => {
      const context = { ...RUN_CONTEXT, ...change };
      const record = startedRecord({ context });
      record.fail(new PassportError('ERR_POLICY_UNAVAILABLE', 'no answer'));
      record.finish(new Date());
      return verifyEvidence(await sealed(record, all()), trust(), { status: 'failed' });
    };
    expect(exitCode(await early({}))).toBe(0);
    expect(named(await early({ runId: '1' }), 'failed')).toEqual(['certificate-claims']);
  });
});

describe('signing that fails', () => {
  const fails = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'ERR_SIGN_FAILED' });
    return error as Error;
  };
  const statement = new Uint8Array([1]);
  const refusal =
    (status: number, message = 'no') =>
    () => ({ status, body: JSON.stringify({ message }) });

  it('never shows the token, though the library quotes it', async () => {
    const odd = `e30.${btoa('a-token-at-all')}.x`;
    const failing = signer({ tsaUrl: sigstore.tsaUrl, idToken: async () => new Secret(odd) });
    const error = await fails(failing(statement));
    const shown = `${error.message}${error.stack}${String(error.cause)}`;
    for (const part of ['a-token', btoa('a-token-at-all')]) expect(shown).not.toContain(part);
  });

  it('never shows the token, though the service echoes it', async () => {
    const echoed = await token();
    sigstore.answer(FULCIO_PATH, refusal(400, `bad token ${echoed.reveal()}`));
    const error = await fails(signer({ tsaUrl: sigstore.tsaUrl, idToken: async () => echoed })(statement));
    for (const part of echoed.reveal().split('.')) expect(error.message).not.toContain(part.slice(0, 20));
    expect(error.message).toContain('Fulcio');
  });

  it.each([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'dbt-passport:acme' }],
    ['that has expired', { exp: 1_700_000_000 }],
  ])('Fulcio refuses a token %s, once', async (_, change) => {
    const error = await fails(signer({ tsaUrl: sigstore.tsaUrl, idToken: () => token(change) })(statement));
    expect(error.message).toContain('(401)');
    expect(sigstore.requests).toHaveLength(1);
  });

  it('tries a service again that fails for a moment', async () => {
    let left = 1;
    sigstore.answer(TSA_PATH, () => {
      if (left-- > 0) return { status: 503, body: 'busy' };
      sigstore.answer(TSA_PATH, undefined);
      return { status: 429, body: 'busy' };
    });
    const files = await sealed(
      await trueRecordOfJob(),
      signer({ rekorUrl: sigstore.rekorUrl, tsaUrl: sigstore.tsaUrl }),
    );
    expect(exitCode(await verifyEvidence(files, trust(), {}))).toBe(0);
    expect(sigstore.requests.filter(({ path }) => path === TSA_PATH)).toHaveLength(3);
  });

  it.each([
    ['the transparency log', REKOR_PATH],
    ['the timestamp authority', TSA_PATH],
  ])('names %s when it refuses', async (service, path) => {
    sigstore.answer(path, refusal(403));
    const error = await fails(signer({ rekorUrl: sigstore.rekorUrl, tsaUrl: sigstore.tsaUrl })(statement));
    expect(error.message).toContain(service);
    expect(sigstore.requests.filter((request) => request.path === path)).toHaveLength(1);
  });

  it('passes on why no token could be had', async () => {
    const missing = new Error('no id-token permission');
    const failing = signer({ tsaUrl: sigstore.tsaUrl, idToken: () => Promise.reject(missing) });
    await expect(failing(statement)).rejects.toBe(missing);
  });

  it('refuses to sign without anything that proves the time', () => {
    expect(() => signer()).toThrow(/prove the time/);
  });
});
