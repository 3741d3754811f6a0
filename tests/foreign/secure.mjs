// What the conforming servers do alike: compare in constant time, sign with a key of their own.

import { createHash, generateKeyPairSync, randomUUID, timingSafeEqual } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { CLIENT_ID, CLIENT_SECRET, LIFETIME } from './common.mjs'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const digest = (text) => createHash('sha256').update(text, 'utf16le').digest()

/** Whether the pair is the client's; both are compared whatever the first comparison says. */
export function isClient (clientId, clientSecret) {
  const known = timingSafeEqual(digest(clientId), digest(CLIENT_ID))
  const right = timingSafeEqual(digest(clientSecret), digest(CLIENT_SECRET))
  return known && right
}

/** The body of a 200. */
export function grant () {
  const claims = { azp: CLIENT_ID, gty: 'client-credentials' }
  const accessToken = jwt.sign(claims, privateKey, {
    algorithm: 'RS256',
    keyid: 'k1',
    issuer: 'https://auth.partners.example/',
    audience: 'https://partners-api.example/api/v3',
    subject: `${CLIENT_ID}@clients`,
    jwtid: randomUUID(),
    expiresIn: LIFETIME
  })
  return { accessToken, tokenType: 'Bearer', expiresIn: LIFETIME }
}

export const SCHEMA = {
  type: 'object',
  required: ['clientId', 'clientSecret'],
  properties: { clientId: { type: 'string' }, clientSecret: { type: 'string' } }
}
