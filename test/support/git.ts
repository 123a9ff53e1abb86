/** Real git repositories as a checkout leaves them, quickly made. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Nothing of the person's own configuration, and one author. */
const ENV = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

export function git(folder: string, ...args: readonly string[]): string {
  const allowed = ['-c', 'protocol.file.allow=always', ...args];
  return execFileSync('git', allowed, { cwd: folder, env: ENV, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** What runs leave in a workspace, and no commit has. */
const LEFT_BY_RUNS = ['target/', 'logs/', 'dbt_packages/', '*.duckdb', '*.duckdb.wal', 'profiles.yml'];

/**
 * Makes a workspace the checkout of one commit of all that is in it, as actions/checkout would; returns the commit. What is
 * there already as a commit stays that commit.
 */
export function asCheckout(folder: string): string {
  if (!existsSync(join(folder, '.git'))) {
    git(folder, 'init', '-q', '-b', 'main', '--template=');
    mkdirSync(join(folder, '.git/info'));
    writeFileSync(join(folder, '.git/info/exclude'), LEFT_BY_RUNS.map((name) => `${name}\n`).join(''));
  }
  git(folder, 'add', '--all');
  const clean =
    git(folder, 'status', '--porcelain') === '' && existsSync(join(folder, '.git/refs/heads/main'));
  if (!clean) git(folder, '-c', 'gc.auto=0', 'commit', '-q', '-m', 'files');
  return git(folder, 'rev-parse', 'HEAD');
}

/** Makes a folder a repository (where it is none) with all its files in one more commit; returns the commit. */
export function commitAll(folder: string, ...init: readonly string[]): string {
  git(folder, 'init', '-q', '-b', 'main', ...init);
  git(folder, 'add', '--all', '--force');
  git(folder, '-c', 'gc.auto=0', 'commit', '-q', '--allow-empty', '-m', 'files');
  return git(folder, 'rev-parse', 'HEAD');
}
