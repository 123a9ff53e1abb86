import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { policyUnavailable } from '../policy/reference.ts';
import { POLICY_BYTES } from '../policy/source-text.ts';
import { plain } from '../untrusted.ts';

/**
 * Reads a local policy: one open and one read, so that what is checked is what is used. A symlink, a
 * folder or a pipe is refused. Undefined when there is no such file.
 * @throws PassportError ERR_POLICY_UNAVAILABLE
 */
export async function readPolicyFile(path: string): Promise<Uint8Array | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw policyUnavailable(
      'POLICY_FILE',
      `expected a readable file that is no symlink at ${plain(path)}, got ${code}`,
    );
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile())
      throw policyUnavailable('POLICY_FILE', `expected a file at ${plain(path)}, got something else`);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(POLICY_BYTES + 1), 0, POLICY_BYTES + 1, 0);
    if (bytesRead <= POLICY_BYTES) return new Uint8Array(buffer.subarray(0, bytesRead));
    throw policyUnavailable(
      'POLICY_SIZE',
      `expected at most ${POLICY_BYTES} bytes at ${plain(path)}, got more`,
    );
  } finally {
    await file.close();
  }
}
