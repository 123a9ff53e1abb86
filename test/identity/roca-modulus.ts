/**
 * A number of at least 2048 bits with the shape that the faulty generator of CVE-2017-15361 gives its moduli: the
 * product of two numbers k·M + (65537^a mod M), M being the product of the first 39 primes. They need
 * not be prime here, for the check looks at the product only. As base64url, for a JWK.
 */
export function rocaModulus(): string {
  const primes = sieve(167);
  const product = primes.reduce((all, prime) => all * BigInt(prime), 1n);
  const factor = (k: bigint, exponent: number) => {
    let power = 1n;
    for (let step = 0; step < exponent; step += 1) power = (power * 65537n) % product;
    return k * product + power;
  };
  const size = BigInt(product.toString(2).length);
  const modulus = factor(3n << (1023n - size), 4711) * factor((3n << (1023n - size)) + 12345n, 815);
  const hex = modulus.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
}

function sieve(limit: number): number[] {
  const numbers = Array.from({ length: limit - 1 }, (_, index) => index + 2);
  return numbers.filter((number) => numbers.every((other) => other >= number || number % other !== 0));
}
