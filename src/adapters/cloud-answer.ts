import type { CloudFault } from '../credentials/cloud-fault.ts';
import { HttpFailure, type HttpRequest, type HttpResponse, sendHttp } from './http.ts';

/** What a cloud answered: `body` is the JSON object of the answer, empty when it is none. */
export interface CloudAnswer extends Omit<HttpResponse, 'body'> {
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * One request to a cloud, never repeated here.
 * @throws what `unreachable` makes of no answer: its words, and whether another try may succeed
 */
export async function askOnce(
  request: HttpRequest,
  unreachable: (text: string, transient: boolean) => CloudFault,
): Promise<CloudAnswer> {
  try {
    const response = await sendHttp({ method: 'POST', ...request, tries: 1 });
    return { ...response, body: jsonObject(response.body) };
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw unreachable(error.message, error.kind === 'network' || error.kind === 'timeout');
  }
}

function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
