// What the servers here share: their credentials, how they are started, how they end. Nothing about how they answer.

import process from 'node:process'

export const PREFIX = '/api/v3'
export const TOKEN_PATH = `${PREFIX}/oauth/token`
export const LIFETIME = 86400
export const CLIENT_ID = process.env.REFERENCE_CLIENT_ID ?? 'Kq3vTn8Zr1Yw6Lx0Pb5Ds7Hm2Gj4Fc9A'
export const CLIENT_SECRET = process.env.REFERENCE_CLIENT_SECRET ?? 'x9Rk-2vQmT_7bLw0ZsN4eYhJ8cUaD3fGpK6iVoX1tBqM5nEr'

/** The value of `--name value` on the command line, or `otherwise`. */
export function option (name, otherwise) {
  const at = process.argv.indexOf(`--${name}`)
  return at === -1 ? otherwise : process.argv[at + 1]
}

/** Whether `--careless` was given; `--conforming` is the other choice. */
export const careless = process.argv.includes('--careless')

/** Say where the server listens, and end with standard input, so that it never outlives who started it. */
export function ready (baseUrl, close = () => process.exit(0)) {
  process.stdout.write(`listening on ${baseUrl}\n`)
  process.stdin.on('end', close).on('error', close).resume()
}
