import type { Writable } from 'node:stream';
import { plain } from '../untrusted.ts';
import { CommandNeutraliser } from '../workflow-commands.ts';
import { type Runner, shown } from './runner.ts';

/**
 * The same for a person at a terminal: no commands, and nothing for later steps. Notices and foreign
 * output keep to one stream, so that their order is the order in which things happened.
 */
export function terminalRunner(out: Writable): Runner {
  const say = (level: string, title: string, message: string, at = '') =>
    out.write(`${level}: ${plain(title)}${at}\n${shown(message).replace(/^/gm, '  ')}\n`);
  const neutraliser = new CommandNeutraliser();
  return {
    reporter: {
      info: (line) => void out.write(`${plain(line, 2000)}\n`),
      notice: (title, message) => void say('note', title, message),
      warning: (title, message) => void say('warning', title, message),
      error: (title, message, place) =>
        void say(
          'error',
          title,
          message,
          place === undefined
            ? ''
            : ` (${[plain(place.file), place.line, place.column].filter(Boolean).join(':')})`,
        ),
    },
    mask: () => {},
    setOutput: () => {},
    appendSummary: async () => {},
    saveState: () => {},
    getState: () => '',
    group: async (title, work) => {
      out.write(`${plain(title)}\n`);
      return await work();
    },
    foreign: {
      write: (chunk) => void out.write(neutraliser.push(chunk)),
      end: () => void out.write(neutraliser.end()),
      get bytes() {
        return neutraliser.bytes;
      },
    },
  };
}
