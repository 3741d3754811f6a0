// The token endpoint in Fastify with Ajv: written with care (--conforming), or as it comes out in an afternoon (--careless).

import Fastify from 'fastify'
import jwt from 'jsonwebtoken'
import { CLIENT_ID, CLIENT_SECRET, LIFETIME, PREFIX, TOKEN_PATH, careless, option, ready } from './common.mjs'
import { SCHEMA, grant, isClient } from './secure.mjs'

function conforming () {
  // Ajv must not turn 1 into "1", nor ["x"] into "x"
  const app = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } })
  const refusal = (reply, status, message) => reply.code(status).send({ error: status, message })

  app.setErrorHandler((error, request, reply) => {
    const status = error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500
    refusal(reply, status, error.validation ? error.message : 'The request cannot be read')
  })
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?')
    if (path !== TOKEN_PATH) return refusal(reply, 404, 'Not Found')
    return refusal(reply.header('Allow', 'POST'), 405, 'Method Not Allowed')
  })
  app.post(TOKEN_PATH, { schema: { body: SCHEMA } }, async (request, reply) => {
    const { clientId, clientSecret } = request.body
    if (!isClient(clientId, clientSecret)) {
      return refusal(reply.header('WWW-Authenticate', 'Bearer realm="partners-api"'), 401, 'Unauthorized')
    }
    reply.header('Cache-Control', 'no-store')
    return grant()
  })
  return app
}

function hasty () {
  const app = Fastify()
  const clients = { [CLIENT_ID]: { secret: CLIENT_SECRET, userId: 123 } }

  app.post(TOKEN_PATH, { schema: { body: SCHEMA } }, async (request, reply) => {
    const { clientId, clientSecret } = request.body
    const client = clients[clientId]
    if (!client) {
      return reply.code(401).send({ statusCode: 401, error: 'Unauthorized', message: 'Unknown client' })
    }
    if (client.secret !== clientSecret) {
      return reply.code(401).send({ statusCode: 401, error: 'Unauthorized', message: 'Wrong secret' })
    }
    const accessToken = jwt.sign({ userId: client.userId }, 'secret', { expiresIn: LIFETIME })
    return { accessToken, tokenType: 'Bearer', expiresIn: LIFETIME }
  })
  return app
}

const app = careless ? hasty() : conforming()
const address = await app.listen({ host: '127.0.0.1', port: Number(option('port', 0)) })
ready(`${address}${PREFIX}`)
