/**
 * moto, an AWS in memory, as a process on a free port of 127.0.0.1. After `enforce` it checks the signature of
 * every request and the policies of the role behind it.
 *
 * What it cannot prove: it reads no token, no trust policy of a federated principal, no session policy and no
 * expiry. The front in aws-sts.ts does that before a request comes here.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './loopback.ts';
import { toolPath } from './tools.ts';

export interface Moto {
  readonly url: string;
  /** Keys of a user that may assume any role, as the front does. */
  readonly user: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A request without a signature; only before `enforce`. */
  call(service: string, form: Readonly<Record<string, string>>, account?: string): Promise<string>;
  /** An object of S3; only before `enforce`. */
  put(path: string, body: string, account: string): Promise<void>;
  /** From now on signatures and policies count. */
  enforce(): Promise<void>;
  close(): Promise<void>;
}

/** A role as it stands in the account: what it may do, in the language of IAM policies. */
export interface MotoRole {
  readonly roleArn: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

export async function startMoto(setup: {
  readonly roles: readonly MotoRole[];
  readonly buckets: readonly string[];
}): Promise<Moto> {
  const port = await freePort();
  const child = spawn(toolPath('moto'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const moto = { url, ...calls(url) };
  const close = async () => {
    child.kill('SIGKILL');
  };
  try {
    await started(url, () => child.exitCode === null);
    const user = await frontUser(moto.call);
    for (const role of setup.roles) await createRole(moto.call, role);
    const account = accountOf(setup.roles[0]?.roleArn ?? '');
    for (const bucket of setup.buckets) await moto.put(`/${bucket}`, '', account);
    return { ...moto, user, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function calls(url: string): Pick<Moto, 'call' | 'put' | 'enforce'> {
  const send = async (path: string, service: string, account: string, init: RequestInit) => {
    const scope = `Credential=set-up/20260101/us-east-1/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none`;
    const headers = { ...(init.headers as Record<string, string>), authorization };
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { ...headers, ...(account && { 'x-moto-account-id': account }) },
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`moto: ${response.status} ${body}`);
    return body;
  };
  return {
    call: (service, form, account = '') =>
      send('/', service, account, { method: 'POST', body: new URLSearchParams(form) }),
    put: async (path, body, account) => {
      await send(path, 's3', account, { method: 'PUT', body });
    },
    enforce: async () => {
      await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
    },
  };
}

async function frontUser(call: Moto['call']): Promise<Moto['user']> {
  const iam = (form: Record<string, string>) => call('iam', { Version: '2010-05-08', ...form });
  await iam({ Action: 'CreateUser', UserName: 'front' });
  const document = policyOf(['sts:AssumeRole'], ['*']);
  await iam({ Action: 'PutUserPolicy', UserName: 'front', PolicyName: 'p', PolicyDocument: document });
  const answer = await iam({ Action: 'CreateAccessKey', UserName: 'front' });
  const part = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1] ?? '';
  return { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey') };
}

async function createRole(call: Moto['call'], { roleArn, actions, resources }: MotoRole): Promise<void> {
  const RoleName = roleArn.split('/').at(-1) ?? '';
  const iam = (form: Record<string, string>) =>
    call('iam', { Version: '2010-05-08', RoleName, ...form }, accountOf(roleArn));
  await iam({ Action: 'CreateRole', AssumeRolePolicyDocument: policyOf(['sts:AssumeRole'], ['*']) });
  const document = policyOf(actions, resources);
  await iam({ Action: 'PutRolePolicy', PolicyName: 'p', PolicyDocument: document });
}

function policyOf(actions: readonly string[], resources: readonly string[]): string {
  const statement = { Effect: 'Allow', Action: actions, Resource: resources };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

async function started(url: string, alive: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && alive(); tries += 1) {
    if (
      await fetch(`${url}/moto-api/`).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(100);
  }
  throw new Error('moto did not start');
}
