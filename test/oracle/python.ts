import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A Python program beside this file that answers each line of JSON with one. */
export interface Program {
  ask(request: object): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a program with the Python of the environment that `tool` (a console script) is part of. */
export function startProgram(tool: string, script: 'tables.py' | 'statements.py'): Program {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child: ChildProcess = spawn(join(dirname(tool), 'python'), [file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error(`${script} has no pipes`);
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const next = async (request: object): Promise<unknown> => {
    stdin.write(`${JSON.stringify(request)}\n`);
    const line = await answers.next();
    if (line.done === true) throw new Error(`${script} ended`);
    const answer: unknown = JSON.parse(line.value);
    if (typeof answer === 'object' && answer !== null && 'error' in answer)
      throw new Error(`${answer.error}`);
    return answer;
  };
  return {
    ask: (request) => {
      const answer = last.then(() => next(request));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
