import { parentPort } from 'node:worker_threads';
import { type Changed, testsOf } from './mutation-tests.ts';

/** A change, and the test files that are asked about it in turn. */
export interface Question {
  readonly changed?: Changed;
  readonly files: readonly string[];
}

/** The first test that failed, if any, and how many ran. */
export interface Answer {
  readonly ran: number;
  readonly caught: { readonly file: string; readonly why: string } | undefined;
}

/** What caught the last change of a file is asked first about the next. */
const last = new Map<string, string>();

async function asked({ changed, files }: Question): Promise<Answer> {
  let ran = 0;
  for (const file of files) {
    try {
      const tests = testsOf(file, changed);
      const first = tests.filter(({ name }) => name === last.get(file));
      for (const { name, run } of [...first, ...tests.filter((test) => !first.includes(test))]) {
        try {
          await run();
        } catch (error) {
          last.set(file, name);
          return { ran, caught: { file, why: `${name}: ${error}` } };
        }
        ran += 1;
      }
    } catch (error) {
      return { ran, caught: { file, why: `not loaded: ${error}` } };
    }
  }
  return { ran, caught: undefined };
}

parentPort?.on('message', async (question: Question) => parentPort?.postMessage(await asked(question)));
