/** Signers as `@sigstore/verify` gives them, with a certificate over chosen claims; nothing is signed here. */
import type { Signer } from '@sigstore/verify';

const URL = 'https://github.com';

/** DER of a text with its length in as few bytes as allowed. */
export function derText(text: string, tag = 0x0c): Buffer {
  const { length } = Buffer.from(text);
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.from([tag, ...size, ...Buffer.from(text)]);
}

/** What Fulcio writes of a token with these claims, by the number of the extension. Source: fulcio docs/oid-info.md. */
export function extensionsOfClaims(claims: Readonly<Record<string, unknown>>): Map<number, string> {
  const text = (name: string) => String(claims[name] ?? '');
  const url = (path: string) => `${URL}/${path}`;
  const run = `${text('repository')}/actions/runs/${text('run_id')}/attempts/${text('run_attempt')}`;
  return new Map([
    [8, text('iss')],
    [9, url(text('job_workflow_ref'))],
    [10, text('job_workflow_sha')],
    [11, text('runner_environment')],
    [12, url(text('repository'))],
    [13, text('sha')],
    [14, text('ref')],
    [15, text('repository_id')],
    [16, url(text('repository_owner'))],
    [17, text('repository_owner_id')],
    [18, url(text('workflow_ref'))],
    [19, text('workflow_sha')],
    [20, text('event_name')],
    [21, url(run)],
    [22, text('repository_visibility')],
    [23, text('environment')],
    [24, text('sub')],
  ]);
}

/** The signer of a certificate with these extensions. */
export function certifiedSigner(extensions: ReadonlyMap<number, string>): Signer {
  const oids = [...extensions].map(([number, text]) => ({
    oid: { id: [1, 3, 6, 1, 4, 1, 57264, 1, number] },
    value: derText(text),
  }));
  return { identity: { subjectAlternativeName: extensions.get(9), oids } } as unknown as Signer;
}
