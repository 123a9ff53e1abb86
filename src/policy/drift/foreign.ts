import * as v from 'valibot';
import { parseStrictJson } from '../../evidence/strict-json.ts';
import { plain } from '../../untrusted.ts';
import { issueText } from '../schema-issue.ts';
import type { DeployedFile, Fault } from './deployed.ts';

/** UTF-16 units of one file. */
const LIMIT = 4_000_000;

/** Thrown for a file that cannot be used at all; it ends up as a Fault. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** The file as JSON in which no key is there twice. */
export function jsonOf({ text }: DeployedFile): unknown {
  if (text.length > LIMIT) throw new Unreadable(`expected ${LIMIT} characters at most, got ${text.length}`);
  return strictJson(text);
}

export function strictJson(text: string): unknown {
  try {
    return parseStrictJson(new TextEncoder().encode(text));
  } catch (cause) {
    throw new Unreadable(`expected JSON, got something else: ${plain(reasonOf(cause), 200)}`);
  }
}

/** The value in the shape that the command prints; `what` names it. */
export function shaped<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const read = v.safeParse(schema, value);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new Unreadable(`expected ${what}; ${issueText(issue)}`);
}

/** Applies the reader to each file; one that cannot be read becomes a fault. */
export function readEach<T>(
  files: readonly DeployedFile[],
  read: (file: DeployedFile) => readonly T[],
): { readonly read: readonly T[]; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const all = files.flatMap((file) => {
    try {
      return read(file);
    } catch (cause) {
      if (!(cause instanceof Unreadable)) throw cause;
      faults.push({ file: file.name, message: cause.message });
      return [];
    }
  });
  return { read: all, faults };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'no reason';
}
