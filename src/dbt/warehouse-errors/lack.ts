import { plain } from '../../untrusted.ts';

/** What a warehouse says is missing, and the grant to ask for. */
export interface Lack {
  /** One sentence. */
  readonly problem: string;
  /** Ready to be pasted by whoever owns the object; empty when there is none. */
  readonly statement: string;
}

/** The credential was taken: what its principal may do is not enough. */
export function lacks(principal: string, what: string, statement: string): Lack {
  return { problem: `The credential worked; ${plain(`${principal} lacks ${what}`)}.`, statement };
}

/** The parts of a dotted name as messages write it, without the quotes around a part. */
export function nameParts(name: string): readonly string[] {
  return name.split('.').map((part) => part.replace(/^["'`]|["'`]$/g, ''));
}
