/**
 * A local results service: what `@actions/artifact` speaks to store and to read an artifact of its own run (Twirp
 * over JSON, then the blob requests of Azure storage), on 127.0.0.1.
 *
 * What it cannot prove: quotas, retention, the permissions of a real runtime token, and how the real
 * service names a fault.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLoopback } from './loopback.ts';

export interface StoredZip {
  readonly id: string;
  readonly name: string;
  /** Backend id of its run. */
  readonly run: string;
  /** The bytes of the archive. */
  readonly bytes: Buffer;
  /** `sha256:<hex>` as the client declared it; checked against the bytes. */
  readonly digest: string;
  /** RFC 3339, or empty when the client asked for no retention. */
  readonly expiresAt: string;
}

/** Answers a Twirp method with a fault: a status and the `msg` of the body. */
export interface Fault {
  readonly method: 'CreateArtifact' | 'FinalizeArtifact' | 'ListArtifacts' | 'GetSignedArtifactURL';
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** How often; every time when not given. */
  readonly times?: number;
}

export interface ArtifactService {
  /** Goes into ACTIONS_RESULTS_URL. */
  readonly url: string;
  /** Goes into ACTIONS_RUNTIME_TOKEN. */
  readonly token: string;
  /** The variables that a runner sets. */
  readonly env: Readonly<Record<string, string>>;
  /** The same of a job of another run. */
  readonly otherRun: Readonly<Record<string, string>>;
  /** Stores an archive in the run as any step of it could. */
  put(name: string, bytes: Uint8Array): StoredZip;
  /** Serves other bytes for an artifact than those that were stored. */
  serve(id: string, bytes: Uint8Array): void;
  /** Lists an artifact with another size. */
  claimSize(id: string, size: number): void;
  /** Finished artifacts by name. */
  readonly artifacts: ReadonlyMap<string, StoredZip>;
  /** Twirp methods and blob requests, in order. */
  readonly requests: readonly string[];
  fail(fault: Fault | undefined): void;
  close(): Promise<void>;
}

/** Backend id of the run of the service's own token. */
const RUN = '11111111-run';

/** A token of the shape of ACTIONS_RUNTIME_TOKEN; `scp` names the run and the job. */
export function runtimeToken(scp = `Actions.Results:${RUN}:22222222-job`): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ scp })}.${randomBytes(32).toString('base64url')}`;
}

interface Upload {
  readonly blocks: Map<string, Buffer>;
  readonly expiresAt: string;
  content: Buffer | undefined;
}

interface Service {
  readonly token: string;
  /** Runs by the tokens of their jobs. */
  readonly runs: ReadonlyMap<string, string>;
  readonly served: Map<string, Uint8Array>;
  readonly sizes: Map<string, number>;
  readonly url: string;
  readonly uploads: Map<string, Upload>;
  readonly artifacts: Map<string, StoredZip>;
  readonly requests: string[];
}

export async function startArtifactService(): Promise<ArtifactService> {
  let fault: (Fault & { left: number }) | undefined;
  const server = await startLoopback((request, response) => {
    void respond(request, response);
  });
  const { url } = server;
  const [token, otherToken] = [runtimeToken(), runtimeToken('Actions.Results:99999999-run:88888888-job')];
  const service: Service = {
    token,
    runs: new Map([
      [token, RUN],
      [otherToken, '99999999-run'],
    ]),
    served: new Map(),
    sizes: new Map(),
    url,
    uploads: new Map(),
    artifacts: new Map(),
    requests: [],
  };

  function call(path: string, authorization: string | undefined, body: string): TwirpReply {
    const method = path.split('/').at(-1) ?? '';
    service.requests.push(method);
    const asked = JSON.parse(body) as TwirpRequest;
    if (service.runs.get(authorization?.replace('Bearer ', '') ?? '') !== asked.workflow_run_backend_id) {
      return reply(401, { code: 'unauthenticated', msg: 'invalid runtime token' });
    }
    if (fault !== undefined && fault.method === method && fault.left > 0) {
      fault.left -= 1;
      return reply(fault.status, { code: fault.code, msg: fault.message });
    }
    return twirp(service, path, asked);
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? '/', url);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (target.pathname.startsWith('/blob/') && request.method === 'GET') {
      service.requests.push('download');
      const bytes = service.served.get(decodeURIComponent(target.pathname.slice('/blob/'.length)));
      const type = { 'content-type': 'application/zip' };
      response.writeHead(bytes === undefined ? 404 : 200, { ...storageHeaders(), ...type }).end(bytes);
    } else if (target.pathname.startsWith('/blob/')) {
      response.writeHead(storeBlob(service, target, body), storageHeaders()).end();
    } else {
      const answer = call(target.pathname, request.headers.authorization, body.toString());
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    }
  }

  return {
    url,
    token: service.token,
    env: { ACTIONS_RESULTS_URL: `${url}/`, ACTIONS_RUNTIME_TOKEN: service.token },
    otherRun: { ACTIONS_RESULTS_URL: `${url}/`, ACTIONS_RUNTIME_TOKEN: otherToken },
    put: (name, bytes) => stored(service, name, RUN, Buffer.from(bytes), ''),
    claimSize: (id, size) => void service.sizes.set(id, size),
    serve: (id, bytes) => {
      const artifact = [...service.artifacts.values()].find((one) => one.id === id);
      if (artifact !== undefined) service.served.set(artifact.name, bytes);
    },
    artifacts: service.artifacts,
    requests: service.requests,
    fail: (next) => {
      fault = next === undefined ? undefined : { ...next, left: next.times ?? Number.POSITIVE_INFINITY };
    },
    close: server.close,
  };
}

interface TwirpRequest {
  readonly name: string;
  readonly version?: number;
  readonly size?: string;
  readonly hash?: string;
  readonly id_filter?: string;
  readonly expires_at?: string;
  readonly workflow_run_backend_id: string;
  readonly workflow_job_run_backend_id: string;
}

interface TwirpReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

function twirp(service: Service, path: string, request: TwirpRequest): TwirpReply {
  const { name } = request;
  if (request.workflow_run_backend_id === '' || request.workflow_job_run_backend_id === '') {
    return reply(400, { code: 'invalid_argument', msg: 'backend ids are required' });
  }
  switch (path) {
    case '/twirp/github.actions.results.api.v1.ArtifactService/CreateArtifact':
      if (service.uploads.has(name)) {
        return reply(409, {
          code: 'already_exists',
          msg: 'an artifact with this name already exists on the workflow run',
        });
      }
      service.uploads.set(name, {
        blocks: new Map(),
        expiresAt: request.expires_at ?? '',
        content: undefined,
      });
      return reply(200, {
        ok: true,
        signed_upload_url: `${service.url}/blob/${encodeURIComponent(name)}?sig=${randomBytes(16).toString('hex')}`,
      });
    case '/twirp/github.actions.results.api.v1.ArtifactService/FinalizeArtifact':
      return finalize(service, request);
    case '/twirp/github.actions.results.api.v1.ArtifactService/ListArtifacts':
      return list(service, request);
    case '/twirp/github.actions.results.api.v1.ArtifactService/GetSignedArtifactURL':
      return reply(200, {
        signed_url: `${service.url}/blob/${encodeURIComponent(name)}?sig=${randomBytes(16).toString('hex')}`,
      });
    default:
      return reply(404, { code: 'bad_route', msg: `no handler for ${path}` });
  }
}

function finalize(service: Service, request: TwirpRequest): TwirpReply {
  const upload = service.uploads.get(request.name);
  const bytes = upload?.content;
  if (upload === undefined || bytes === undefined) {
    return reply(404, { code: 'not_found', msg: 'nothing was uploaded' });
  }
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (request.hash !== digest || request.size !== String(bytes.length)) {
    return reply(400, { code: 'invalid_argument', msg: 'size or hash differs from the upload' });
  }
  const { id } = stored(service, request.name, request.workflow_run_backend_id, bytes, upload.expiresAt);
  return reply(200, { ok: true, artifact_id: id });
}

function stored(service: Service, name: string, run: string, bytes: Buffer, expiresAt: string): StoredZip {
  const id = String(7_000_000 + service.artifacts.size);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const artifact = { id, name, run, bytes, digest, expiresAt };
  service.artifacts.set(name, artifact);
  service.served.set(name, bytes);
  return artifact;
}

/** All of the run, or the one of `id_filter`. */
function list(service: Service, request: TwirpRequest): TwirpReply {
  const run = request.workflow_run_backend_id;
  const found = [...service.artifacts.values()].filter(
    (one) => one.run === run && (request.id_filter === undefined || one.id === request.id_filter),
  );
  return reply(200, {
    artifacts: found.map(({ id, name, bytes, digest }) => ({
      workflow_run_backend_id: run,
      workflow_job_run_backend_id: '22222222-job',
      database_id: id,
      name,
      size: String(service.sizes.get(id) ?? bytes.length),
      digest,
    })),
  });
}

/** Put Block, Put Block List and Put Blob of the Azure Blob service; the answer's status. */
function storeBlob(service: Service, target: URL, body: Buffer): number {
  const step = target.searchParams.get('comp') ?? 'blob';
  service.requests.push(step);
  const upload = service.uploads.get(decodeURIComponent(target.pathname.slice('/blob/'.length)));
  if (upload === undefined || target.searchParams.get('sig') === null) return 403;
  if (step === 'block') upload.blocks.set(target.searchParams.get('blockid') ?? '', body);
  else if (step === 'blocklist') {
    const ids = [...body.toString().matchAll(/<(?:Latest|Uncommitted)>([^<]+)</g)].map(([, id]) => id ?? '');
    upload.content = Buffer.concat(ids.map((id) => upload.blocks.get(id) ?? Buffer.alloc(0)));
  } else upload.content = body;
  return 201;
}

function storageHeaders(): Record<string, string> {
  return {
    etag: '"0x8DC"',
    'last-modified': new Date().toUTCString(),
    'x-ms-request-id': randomBytes(16).toString('hex'),
    'x-ms-version': '2025-01-05',
    'x-ms-request-server-encrypted': 'true',
  };
}

function reply(status: number, body: TwirpReply['body']): TwirpReply {
  return { status, body };
}
