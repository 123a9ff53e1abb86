import { getOctokit } from '@actions/github';
import type { Secret } from '../secret.ts';
import { HttpFailure, type HttpTiming, sendHttp } from './http.ts';

export type GitHubApi = ReturnType<typeof getOctokit>['rest'];

/** Bytes of one answer: base64 of the largest policy, and room for the fields around it. */
const ANSWER_BYTES = 1024 * 1024;

/**
 * GitHub's REST API. Each request has three tries in 15 s for network faults, 429 and 5xx; a refusal is final.
 * @param apiUrl e.g. `https://api.github.com`; http on the loopback address in tests
 */
export function githubApi(token: Secret, apiUrl: string, timing?: HttpTiming): GitHubApi {
  const fetch = async (url: string, init: { headers: Record<string, string> }) => {
    const request = { url, headers: init.headers, maxBytes: ANSWER_BYTES, allowLoopback: true };
    const response = await sendHttp(request, timing);
    return new Response(Uint8Array.from(response.body), {
      status: response.status,
      headers: response.headers,
    });
  };
  return getOctokit(token.reveal(), { baseUrl: apiUrl, request: { fetch } }).rest;
}

/** The status of a refusal; 0 when there was no answer. */
export function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error ? Number(error.status) : 0;
}

/** Why there was no answer at all; undefined when there was one. */
export function failureOf(error: unknown): HttpFailure | undefined {
  return error instanceof Error && error.cause instanceof HttpFailure ? error.cause : undefined;
}
