import { randomBytes } from 'node:crypto';
import * as core from '@actions/core';
import type { Place } from '../errors.ts';
import type { OutputName } from '../outputs.ts';
import type { Reporter } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { maskedForms } from '../secret-forms.ts';
import { plain } from '../untrusted.ts';
import { breakCommands, CommandNeutraliser } from '../workflow-commands.ts';

/** Where a run is shown and what it hands to the steps after it. */
export interface Runner {
  readonly reporter: Reporter;
  /** Hides a value in everything printed from now on, also line by line and encoded. Too short a value is not hidden. */
  mask(secret: Secret): void;
  setOutput(name: OutputName, value: string): void;
  /** Adds Markdown to the page of the run, as far as it fits; a page that cannot be written is only reported. */
  appendSummary(markdown: string): Promise<void>;
  /** Remembers a value for the post step. Never a path to delete. */
  saveState(name: string, value: string): void;
  /** What is printed during `work` can be folded away under the title. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Takes the output of other programs and prints it live, with no effect on the runner. */
  readonly foreign: ForeignOutput;
}

export interface ForeignOutput {
  write(chunk: Uint8Array): void;
  /** Ends what one program wrote: its last line, its colours. Another may write after it. */
  end(): void;
}

/** The GitHub runner: commands on standard output and the files it names in GITHUB_*. */
export function githubRunner(): Runner {
  const foreign = new StoppedCommands();
  const command = (send: () => void) => {
    foreign.pause();
    send();
  };
  return {
    reporter: githubReporter(command),
    mask: (secret) =>
      command(() => {
        for (const part of maskedForms(secret.reveal())) core.setSecret(part);
      }),
    setOutput: (name, value) => core.setOutput(name, value),
    appendSummary,
    saveState: (name, value) => core.saveState(name, value),
    group: async (title, work) => {
      command(() => core.startGroup(plain(title)));
      return await work().finally(() => command(() => core.endGroup()));
    },
    foreign,
  };
}

/** `command` sends something that the runner must execute, also in the middle of foreign output. */
function githubReporter(command: (send: () => void) => void): Reporter {
  return {
    info: (line) => command(() => print(`${breakCommands(plain(line, 2000))}\n`)),
    warning: (title, message, place) => command(() => core.warning(shown(message), annotation(title, place))),
    error: (title, message, place) => command(() => core.error(shown(message), annotation(title, place))),
  };
}

function annotation(title: string, { file, line, column }: Partial<Place> = {}): core.AnnotationProperties {
  return {
    title: plain(title),
    ...(file === undefined ? {} : { file: plain(file) }),
    ...(line === undefined ? {} : { startLine: line }),
    ...(column === undefined ? {} : { startColumn: column }),
  };
}

/** An annotation may have several lines; each is made plain by itself. */
function shown(message: string): string {
  return message
    .split('\n')
    .map((line) => breakCommands(plain(line, 2000)))
    .join('\n');
}

/**
 * Foreign output between `::stop-commands::<token>` and `::<token>::`, with commands broken as well:
 * the token guards should the runner take something for a command that this project does not, the
 * breaking guards the log's other readers and old runners. Stopping begins with the first byte and
 * pauses when the product itself speaks, each time under a new token.
 * Source: GitHub docs, "Workflow commands for GitHub Actions", stopping and starting workflow commands.
 */
class StoppedCommands implements ForeignOutput {
  #neutraliser = new CommandNeutraliser();
  /** Empty while the runner obeys commands. */
  #token = '';

  write(chunk: Uint8Array): void {
    if (this.#token === '') {
      this.#token = randomBytes(16).toString('hex');
      print(`::stop-commands::${this.#token}\n`);
    }
    print(this.#neutraliser.push(chunk));
  }

  end(): void {
    print(this.#neutraliser.end());
    this.#neutraliser = new CommandNeutraliser();
    this.pause();
  }

  pause(): void {
    if (this.#token === '') return;
    print(`${this.#neutraliser.breakLine()}::${this.#token}::\n`);
    this.#token = '';
  }
}

/** Writes to a pipe or file are synchronous on Linux and macOS, so output cannot pile up in memory. */
function print(text: string): void {
  if (text !== '') process.stdout.write(text);
}

/** GitHub drops the whole summary of a step above 1 MiB (1,048,576 bytes). */
const SUMMARY_LIMIT = 1_000_000;
const SUMMARY_CUT = '\n\n_The rest does not fit on this page; the artifact has all of it._\n';

async function appendSummary(markdown: string): Promise<void> {
  const bytes = new TextEncoder().encode(markdown);
  const fits = bytes.length <= SUMMARY_LIMIT;
  const text = fits ? markdown : cut(bytes.subarray(0, SUMMARY_LIMIT));
  await core.summary
    .addRaw(text)
    .write()
    .catch((error: unknown) => print(`No job summary: ${breakCommands(plain(String(error)))}\n`));
}

/** Up to the last whole line, with a code block that is open there closed. */
function cut(bytes: Uint8Array): string {
  const kept = new TextDecoder().decode(bytes.subarray(0, Math.max(0, bytes.lastIndexOf(0x0a))));
  const open = (kept.match(/^```/gm)?.length ?? 0) % 2 === 1;
  return `${kept}${open ? '\n```' : ''}${SUMMARY_CUT}`;
}
