import { plain } from '../../untrusted.ts';
import type { Principal } from '../trust/principals.ts';
import { Unreadable } from './foreign.ts';

/**
 * The principal that a file is named for, where the command does not print it: `<principal>.json`, with `_` for what a
 * file name should not have, or its last part alone if only one principal ends so. Another name is a principal
 * that the policy does not know. Letters of another case are the same.
 */
export function principalOfFile(name: string, principals: readonly Principal[]): string {
  const stem = stemOf(name);
  const named = principals.map((each) => each.name);
  const whole = named.filter((each) => slug(each) === slug(stem));
  const ends = named.filter((each) => slug(each.split('/').at(-1) ?? '') === slug(stem));
  const [only, ...more] = whole.length > 0 ? whole : ends;
  if (more.length > 0) {
    const wanted = [only, ...more].map((each) => `${slug(each ?? '')}.json`).join(' or ');
    throw new Unreadable(`expected a file that is named for one principal, such as ${plain(wanted)}`);
  }
  return only ?? stem;
}

/** A file's name without its folders and its last extension. */
export function stemOf(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? '';
  return base.replace(/\.(json|csv|ya?ml|txt)$/i, '');
}

function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9@._-]/g, '_');
}
