/**
 * Local Fulcio, Rekor v1 and RFC 3161 timestamp authority that speak the real protocols over HTTP on
 * 127.0.0.1, with the trusted root that belongs to them.
 *
 * What it cannot prove: that the real services answer as here (rate limits, error bodies, versions of their
 * API); TLS; TUF and the rotation of roots; that a real Fulcio puts extensions .23 and .24 into its
 * certificates; certificate transparency beyond the embedded timestamp; Rekor v2.
 */
import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
// The package's index would load nock, which replaces node:http; its parts do not.
import { initializeCA } from '@sigstore/mock/dist/fulcio/ca.js';
import { initializeCTLog } from '@sigstore/mock/dist/fulcio/ctlog.js';
import { tsaHandler } from '@sigstore/mock/dist/timestamp/handler.js';
import { initializeTSA } from '@sigstore/mock/dist/timestamp/tsa.js';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { startLoopback } from './loopback.ts';
import { newTransparencyLog } from './transparency-log.ts';

export interface SigstoreRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string | Uint8Array;
}

export interface Sigstore {
  /** Base URLs: one server answers for all three services. */
  readonly fulcioUrl: string;
  readonly rekorUrl: string;
  readonly tsaUrl: string;
  /** trusted_root.json, parsed. */
  readonly trustedRoot: TrustedRootJson;
  /** Every request that came, oldest first. */
  readonly requests: SigstoreRequest[];
  /** Answers a path with this instead of the truth; `undefined` brings the truth back. */
  answer(path: string, reply: (() => Reply) | undefined): void;
  close(): Promise<void>;
}

export interface TrustedRootJson {
  readonly mediaType: string;
  readonly tlogs: readonly object[];
  readonly ctlogs: readonly object[];
  readonly certificateAuthorities: readonly object[];
  readonly timestampAuthorities: readonly object[];
}

export const FULCIO_PATH = '/api/v2/signingCert';
export const REKOR_PATH = '/api/v1/log/entries';
export const TSA_PATH = '/api/v1/timestamp';

const SERVER_URL = 'https://github.com';

export async function startSigstore(options: {
  /** Issuer of the tokens; its keys are read from `/.well-known/jwks` below it. */
  readonly issuerUrl: string;
  /** Numbers of certificate extensions to leave out, as older Fulcio servers do. */
  readonly without?: readonly number[];
  /** False: certificates come without a timestamp of the certificate log. */
  readonly certificateLog?: boolean;
}): Promise<Sigstore> {
  const ctLog = await initializeCTLog(p256());
  const ca = await initializeCA(p256(), options.certificateLog === false ? undefined : ctLog);
  // The verifying library cannot read every fraction of a second, and a whole second is what TSAs sign.
  const wholeSeconds = { getCurrentTime: () => new Date(Math.floor(Date.now() / 1000) * 1000) };
  const tsa = Object.assign(await initializeTSA(p256()), wholeSeconds);
  const log = newTransparencyLog('rekor.localhost', () => new Date());
  const keys = createRemoteJWKSet(new URL(`${options.issuerUrl}/.well-known/jwks`));
  const requests: SigstoreRequest[] = [];
  const planned = new Map<string, () => Reply>();

  async function certify(body: string): Promise<Reply> {
    const { credentials, publicKeyRequest } = JSON.parse(body) as CertificateRequest;
    const { payload: claims } = await jwtVerify(credentials.oidcIdentityToken, keys, {
      issuer: options.issuerUrl,
      audience: 'sigstore',
      requiredClaims: ['exp', 'sub', 'job_workflow_ref'],
    });
    const key = createPublicKey(publicKeyRequest.publicKey.content);
    const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
    if (!verify('sha256', Buffer.from(String(claims.sub)), key, proof)) {
      return refusal(400, 'the proof of possession does not verify');
    }
    const leaf = await ca.issueCertificate({
      publicKey: key.export({ type: 'spki', format: 'der' }),
      subjectAltName: `${SERVER_URL}/${claims['job_workflow_ref']}`,
      extensions: extensions(claims).filter(
        ({ oid }) => !options.without?.includes(Number(oid.split('.').at(-1))),
      ),
    });
    const certificates = [leaf, ca.rootCertificate].map((der) =>
      new X509Certificate(asBuffer(der)).toString(),
    );
    return {
      status: 201,
      body: JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates } } }),
    };
  }

  async function truth({ method, path, body }: SigstoreRequest): Promise<Reply> {
    if (method !== 'POST') return refusal(405, 'method not allowed');
    if (path === FULCIO_PATH) return await certify(body).catch((error) => refusal(401, String(error)));
    if (path === REKOR_PATH) return { status: 201, body: JSON.stringify(log.add(JSON.parse(body))) };
    if (path !== TSA_PATH) return refusal(404, 'not found');
    const { statusCode, response } = await tsaHandler(tsa, { strict: true }).fn(body);
    const reply = typeof response === 'string' ? response : asBuffer(response);
    return { status: statusCode, contentType: 'application/timestamp-reply', body: reply };
  }

  const server = await startLoopback((incoming, outgoing) => {
    void (async () => {
      const request = await readRequest(incoming);
      requests.push(request);
      const reply =
        planned.get(request.path)?.() ?? (await truth(request).catch((e) => refusal(400, String(e))));
      outgoing.writeHead(reply.status, { 'content-type': reply.contentType ?? 'application/json' });
      outgoing.end(reply.body);
    })();
  });
  const { url } = server;

  const validFor = { start: new Date(Date.now() - 3_600_000).toISOString() };
  return {
    fulcioUrl: url,
    rekorUrl: url,
    tsaUrl: url,
    trustedRoot: {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [trustedLog(log.publicKey, log.logId, validFor)],
      ctlogs: [trustedLog(ctLog.publicKey, asBuffer(ctLog.logID), validFor)],
      certificateAuthorities: [trustedAuthority(url, [ca.rootCertificate], validFor)],
      timestampAuthorities: [trustedAuthority(url, [tsa.intCertificate, tsa.rootCertificate], validFor)],
    },
    requests,
    answer: (path, reply) => {
      if (reply === undefined) planned.delete(path);
      else planned.set(path, reply);
    },
    close: server.close,
  };
}

interface CertificateRequest {
  readonly credentials: { readonly oidcIdentityToken: string };
  readonly publicKeyRequest: {
    readonly publicKey: { readonly content: string };
    readonly proofOfPossession: string;
  };
}

/** Claims as extensions 1.3.6.1.4.1.57264.1.N: the texts up to 6 are raw, from 8 on DER UTF8Strings. */
function extensions(claims: JWTPayload): { oid: string; value: string; legacy: boolean }[] {
  const text = (name: string) => String(claims[name] ?? '');
  const url = (rest: string) => `${SERVER_URL}/${rest}`;
  const run = `${text('repository')}/actions/runs/${text('run_id')}/attempts/${text('run_attempt')}`;
  const raw = ['iss', 'event_name', 'sha', 'workflow', 'repository', 'ref'].map(text);
  const encoded = [
    text('iss'),
    url(text('job_workflow_ref')),
    text('job_workflow_sha'),
    text('runner_environment'),
    url(text('repository')),
    text('sha'),
    text('ref'),
    text('repository_id'),
    url(text('repository_owner')),
    text('repository_owner_id'),
    url(text('workflow_ref')),
    text('workflow_sha'),
    text('event_name'),
    url(run),
    text('repository_visibility'),
    text('environment'),
    text('sub'),
  ];
  const oid = (number: number) => `1.3.6.1.4.1.57264.1.${number}`;
  return [
    ...raw.map((value, index) => ({ oid: oid(index + 1), value, legacy: true })),
    ...encoded.map((value, index) => ({ oid: oid(index + 8), value, legacy: false })),
  ];
}

function trustedLog(publicKey: Buffer, logId: Buffer, validFor: object): object {
  return {
    baseUrl: 'https://rekor.localhost',
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: publicKey.toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor,
    },
    logId: { keyId: logId.toString('base64') },
  };
}

function trustedAuthority(uri: string, chain: readonly ArrayBufferView[], validFor: object): object {
  const certificates = chain.map((der) => ({ rawBytes: asBuffer(der).toString('base64') }));
  return {
    subject: { organization: 'local', commonName: 'local' },
    uri,
    certChain: { certificates },
    validFor,
  };
}

function p256() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function asBuffer(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

function refusal(status: number, message: string): Reply {
  return { status, body: JSON.stringify({ code: status, message }) };
}

async function readRequest(incoming: IncomingMessage): Promise<SigstoreRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = '', url = '' } = incoming;
  return { method, path: url, body: Buffer.concat(chunks).toString('utf8') };
}
