/** Something in a deployed file that is not understood, or that cannot be decided. It counts as wider, never as nothing. */
export class Unclear extends Error {
  override readonly name = 'Unclear';
}
