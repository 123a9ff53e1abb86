/**
 * The runner executes commands that it finds in a step's output: `::name::` at the start of a line and
 * `##[name]` anywhere in one (actions/runner, ActionCommand.cs). What others print must never be one.
 *
 * A backslash breaks the command. Not U+200B: a reader should see that the text was changed, and the
 * runner's searches are culture-sensitive in .NET, which overlooks such characters.
 */

/** One line of text, with what the runner would take for a command broken. */
export function breakCommands(line: string): string {
  return line.replace(/^([\s\p{Cc}\p{Cf}]*)::/u, '$1\\::').replaceAll('##[', '##\\[');
}

/** A longer line is cut in two: the runner holds each line in memory. In UTF-16 units. */
export const LINE_LIMIT = 65_536;

/** Text that needs no thought: no control character, no part of a command, no text-direction override. */
const ORDINARY = /[^\p{Cc}#:[\u202a-\u202e\u2066-\u2069]+/uy;

/**
 * Makes the output of another program fit to print, chunk by chunk with bounded memory: no runner
 * command in it, colours kept and every other escape sequence and control character gone, UTF-8
 * repaired with U+FFFD, and a lone carriage return a new line, as it is for the runner.
 */
export class CommandNeutraliser {
  readonly #decoder = new TextDecoder();
  readonly #escapes = new EscapeFilter();
  #out = '';
  /** UTF-16 units on the current line. */
  #length = 0;
  /** Nothing but white space, colours and invisible characters on the line so far. */
  #blank = true;
  /** A colon at the start of the line, held back until it is known whether another follows. */
  #colon = false;
  #hashes = 0;
  #afterReturn = false;
  #coloured = false;

  push(chunk: Uint8Array): string {
    this.#scan(this.#decoder.decode(chunk, { stream: true }));
    return this.#take();
  }

  /** Ends the line that is being printed, so that something else may be printed on one of its own. */
  breakLine(): string {
    this.#releaseColon();
    if (this.#length > 0) this.#newLine();
    return this.#take();
  }

  /** What is left, with the colours reset and the last line ended. */
  end(): string {
    this.#scan(this.#decoder.decode());
    // Before a colon that is held back, where any other colour stands too.
    if (this.#coloured) this.#add('\u001b[0m');
    this.#coloured = false;
    return this.breakLine();
  }

  #take(): string {
    const out = this.#out;
    this.#out = '';
    return out;
  }

  #scan(text: string): void {
    let at = 0;
    while (at < text.length) {
      ORDINARY.lastIndex = at;
      const run = this.#escapes.open ? undefined : ORDINARY.exec(text)?.[0];
      if (run === undefined) this.#character(text.charAt(at));
      else this.#ordinary(run);
      at += run?.length ?? 1;
    }
  }

  #ordinary(run: string): void {
    this.#afterReturn = false;
    this.#releaseColon();
    this.#hashes = 0;
    for (let rest = run; rest !== ''; ) {
      if (this.#length >= LINE_LIMIT) this.#newLine();
      const piece = rest.slice(0, LINE_LIMIT - this.#length);
      if (/[^\s\p{Cf}]/u.test(piece)) this.#blank = false;
      this.#add(piece);
      rest = rest.slice(piece.length);
    }
  }

  #character(character: string): void {
    const kept = this.#escapes.accept(character);
    if (kept !== '' && this.#length >= LINE_LIMIT) this.#newLine();
    if (kept.length > 1) this.#colour(kept);
    else if (kept !== '') this.#single(kept);
  }

  #colour(sequence: string): void {
    this.#coloured = !['\u001b[m', '\u001b[0m'].includes(sequence);
    this.#add(sequence);
  }

  #single(character: string): void {
    const secondOfPair = character === '\n' && this.#afterReturn;
    this.#afterReturn = character === '\r';
    if (character === '\r' || (character === '\n' && !secondOfPair)) {
      this.#releaseColon();
      this.#newLine();
    } else if (character === '\t') this.#ordinary(character);
    else if (character === ':') this.#colonMark();
    else if (character === '#' || character === '[') this.#hashMark(character);
  }

  #colonMark(): void {
    this.#hashes = 0;
    if (!this.#blank) this.#add(':');
    else if (this.#colon) {
      this.#colon = false;
      this.#blank = false;
      this.#add('\\::');
    } else this.#colon = true;
  }

  #hashMark(character: '#' | '['): void {
    this.#releaseColon();
    this.#blank = false;
    this.#add(character === '[' && this.#hashes >= 2 ? '\\[' : character);
    this.#hashes = character === '#' ? this.#hashes + 1 : 0;
  }

  #releaseColon(): void {
    if (!this.#colon) return;
    this.#colon = false;
    this.#blank = false;
    this.#add(':');
  }

  #newLine(): void {
    this.#out += '\n';
    this.#length = 0;
    this.#blank = true;
    this.#hashes = 0;
  }

  #add(text: string): void {
    this.#out += text;
    this.#length += text.length;
  }
}

/** Follows escape sequences (ECMA-48) one character at a time and lets only colours (SGR) pass. */
class EscapeFilter {
  #state: 'none' | 'escape' | 'control' | 'string' = 'none';
  #sequence = '';

  /** In the middle of a sequence. */
  get open(): boolean {
    return this.#state !== 'none';
  }

  /** What may be printed now: nothing, a character, or a whole colour sequence. */
  accept(character: string): string {
    if (character === '\u001b') return this.#enter('escape');
    // A sequence does not go on over the end of a line, or one of them could hide all that follows.
    if (!this.open || character === '\n' || character === '\r') return this.#plain(character);
    if (this.#state === 'escape') return this.#introduce(character);
    return this.#state === 'control' ? this.#control(character) : this.#string(character);
  }

  #enter(state: 'none' | 'escape' | 'control' | 'string'): string {
    this.#state = state;
    this.#sequence = '';
    return '';
  }

  #plain(character: string): string {
    this.#enter('none');
    return /[\n\r\t]|[^\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(character) ? character : '';
  }

  #introduce(character: string): string {
    if (character === '[') return this.#enter('control');
    if (/[\]PX^_]/.test(character)) return this.#enter('string');
    return /[ -/]/.test(character) ? '' : this.#enter('none');
  }

  #control(character: string): string {
    if (/[ -?]/.test(character)) {
      if (this.#sequence.length < 64) this.#sequence += character;
      return '';
    }
    const colour = character === 'm' && /^[0-9;:]*$/.test(this.#sequence) ? `\u001b[${this.#sequence}m` : '';
    this.#enter('none');
    return colour;
  }

  /** Operating system commands and the like end with BEL, or with ESC and a backslash. */
  #string(character: string): string {
    return character === '\u0007' ? this.#enter('none') : '';
  }
}
