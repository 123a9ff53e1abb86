import type { Secret } from '../secret.ts';
import { maskedForms } from '../secret-forms.ts';
import { plain } from '../untrusted.ts';

/** Characters of a secret that give it away when an answer has cut the rest. */
const TELLING = 16;
const RUNS = new RegExp(`[\\w.~+/=%-]{${TELLING},}`, 'g');

/**
 * What a cloud says, on one line and cut, without what was sent to it: some quote the token or key that they refuse,
 * whole, encoded or in part. Empty for what is no text.
 */
export function cloudWords(said: unknown, sent: readonly Secret[], limit?: number): string {
  if (typeof said !== 'string' && typeof said !== 'number') return '';
  const values = sent.map((secret) => secret.reveal());
  const whole = values
    .flatMap(maskedForms)
    .reduce((rest, form) => rest.replaceAll(form, '[secret]'), `${said}`);
  const isPart = (run: string) =>
    values.some((value) => value.includes(run.slice(0, TELLING)) || value.includes(run.slice(-TELLING)));
  const cut = whole.replace(RUNS, (run) => (isPart(run) ? '[secret]' : run));
  return plain(cut.replace(/eyJ[\w-]*(\.[\w-]*)*/g, '[token]'), limit);
}
