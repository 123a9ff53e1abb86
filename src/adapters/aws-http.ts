import { type HttpRequest, sendHttp } from './http.ts';

/** A request as the AWS SDK makes it. STS has no other method than POST, and no query. */
interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Set by fetch itself. */
const OWN = new Set(['host', 'content-length']);

/**
 * Sends what the AWS SDK asks for, once, with the limits that hold for every cloud: the time is for the whole answer and
 * its size has a limit, which the SDK's own handler has for neither.
 */
export function awsHttp(limits: Pick<HttpRequest, 'timeoutMs' | 'maxBytes' | 'allowLoopback'>) {
  return {
    handle: async ({ protocol, hostname, port, path, headers, body }: SdkRequest) => {
      const answer = await sendHttp({
        url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`,
        method: 'POST',
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name.toLowerCase()))),
        body: String(body ?? ''),
        tries: 1,
        ...limits,
      });
      const answered = Object.fromEntries(answer.headers);
      return { response: { statusCode: answer.status, headers: answered, body: answer.body } };
    },
  };
}
