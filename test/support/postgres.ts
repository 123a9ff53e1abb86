/**
 * PostgreSQL as RDS offers it: TLS only, and a password of IAM database authentication at each login, checked as RDS
 * checks it. Behind the login is a real server with real roles and grants.
 *
 * What it cannot prove: RDS's own evaluation of IAM policies and its limit of logins a second; `rds_iam` as a role;
 * the certificate authorities of RDS (this has a certificate of its own).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { StsSession } from './aws-sts.ts';
import { type PostgresCluster, startPostgresCluster } from './postgres-cluster.ts';
import { loginRefusal, type RdsLogin } from './rds-login.ts';

/** One attempt to log in, and how it ended: `accepted`, or why not. */
export interface PostgresLogin {
  readonly at: number;
  readonly user: string;
  readonly database: string;
  readonly password: string;
  readonly outcome: string;
}

export interface PostgresFront {
  /** The name that its certificate has. */
  readonly host: 'localhost';
  readonly port: number;
  /** A file with the certificate that a client must trust. */
  readonly rootCertificate: string;
  /** Every login, oldest first. */
  readonly requests: PostgresLogin[];
  readonly cluster: PostgresCluster;
  close(): Promise<void>;
}

const HOST = 'localhost';

export async function startPostgres(options: {
  readonly region: string;
  readonly users: RdsLogin['users'];
  readonly sessions: () => readonly StsSession[];
  readonly lifeSeconds?: number;
  /** Called with each password before it is checked. */
  readonly presented?: (password: string) => Promise<void>;
}): Promise<PostgresFront> {
  const { lifeSeconds = 900, presented = async () => {} } = options;
  const cluster = await startPostgresCluster();
  const certificate = selfSigned();
  const requests: PostgresLogin[] = [];
  const sockets = new Set<Socket>();
  let port = 0;

  const serve = async (plain: Socket): Promise<void> => {
    const { stream, startup } = await negotiate(plain, certificate);
    const { user = '', database = user } = startup.parameters;
    if (stream === plain) {
      const who = `host "127.0.0.1", user "${user}", database "${database}", no encryption`;
      stream.end(fatal(`no pg_hba.conf entry for ${who}`));
      return;
    }
    stream.write(message('R', Buffer.from([0, 0, 0, 3])));
    const reader = readerOf(stream);
    const password = (await passwordMessage(reader)).replace(/\0$/, '');
    await presented(password);
    const login = { ...options, host: HOST, port, lifeSeconds };
    const refused = loginRefusal(password, user, login);
    requests.push({ at: Date.now(), user, database, password, outcome: refused ?? 'accepted' });
    if (refused !== undefined) {
      stream.end(fatal(`PAM authentication failed for user "${user}"`));
      return;
    }
    const server = connect(cluster.socket);
    sockets.add(server);
    server.on('error', () => stream.destroy()).on('close', () => stream.destroy());
    stream.on('close', () => server.destroy());
    server.write(startup.bytes);
    stream.pipe(server);
    server.pipe(stream);
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
  return {
    ...{ host: HOST, port, rootCertificate: certificate.file, requests, cluster },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
      await cluster.close();
      rmSync(certificate.folder, { recursive: true, force: true });
    },
  };
}

interface Startup {
  /** The message as it came. */
  readonly bytes: Buffer;
  readonly parameters: Readonly<Record<string, string>>;
}

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const PROTOCOL_3 = 3;

/** From the first byte to the start-up message, with TLS when the client asks for it. Source: PostgreSQL, Message Formats. */
async function negotiate(
  plain: Socket,
  { key, cert }: { readonly key: Buffer; readonly cert: Buffer },
): Promise<{ readonly stream: Duplex; readonly startup: Startup }> {
  let stream: Duplex = plain;
  for (;;) {
    const reader = readerOf(stream);
    const length = (await reader.read(4)).readUInt32BE();
    const body = await reader.read(length - 4);
    const code = body.readUInt32BE();
    if (code === SSL_REQUEST && stream === plain) {
      plain.write('S');
      stream = new TLSSocket(plain, { isServer: true, key, cert });
      stream.on('error', () => plain.destroy());
    } else if (code === GSS_REQUEST) {
      stream.write('N');
    } else if (code >>> 16 === PROTOCOL_3) {
      const texts = body.subarray(4).toString().split('\0');
      const pairs = texts.flatMap((name, at) => (at % 2 === 0 && name ? [[name, texts[at + 1] ?? '']] : []));
      const head = Buffer.alloc(4);
      head.writeUInt32BE(length);
      return {
        stream,
        startup: { bytes: Buffer.concat([head, body]), parameters: Object.fromEntries(pairs) },
      };
    } else {
      throw new Error(`a start-up message of code ${code} is not known here`);
    }
  }
}

async function passwordMessage(reader: Reader): Promise<string> {
  const head = await reader.read(5);
  if (head.toString('latin1', 0, 1) !== 'p') throw new Error('expected a password');
  return (await reader.read(head.readUInt32BE(1) - 4)).toString();
}

interface Reader {
  read(count: number): Promise<Buffer>;
}

function readerOf(stream: Duplex): Reader {
  return {
    read: (count) =>
      new Promise((done, fail) => {
        const attempt = () => {
          const bytes: Buffer | null = stream.read(count);
          if (bytes === null && !stream.readableEnded) return;
          end();
          if (bytes?.length === count) done(bytes);
          else fail(new Error('the connection ended'));
        };
        const closed = () => {
          end();
          fail(new Error('the connection was closed'));
        };
        const end = () => stream.off('readable', attempt).off('end', attempt).off('close', closed);
        stream.on('readable', attempt).on('end', attempt).on('close', closed);
        if (count === 0) done(Buffer.alloc(0));
        else attempt();
      }),
  };
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** ErrorResponse of a refused login: class 28000, invalid authorization specification. */
function fatal(text: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C28000\0M${text}\0\0`));
}

function selfSigned() {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', keyFile, '-out', file], {
    stdio: 'pipe',
  });
  return { folder, file, key: readFileSync(keyFile), cert: readFileSync(file) };
}
