// The token endpoint in Express: written with care (--conforming), or as it comes out in an afternoon (--careless).

import Ajv from 'ajv'
import express from 'express'
import jwt from 'jsonwebtoken'
import { CLIENT_ID, CLIENT_SECRET, PREFIX, TOKEN_PATH, careless, option, ready } from './common.mjs'
import { SCHEMA, grant, isClient } from './secure.mjs'

function conforming () {
  const app = express().disable('x-powered-by').disable('etag')
  const validate = new Ajv().compile(SCHEMA)
  const refusal = (res, status, message) => res.status(status).json({ error: status, message })

  app.use(express.json({ limit: '1mb', strict: false, type: ['application/json', 'application/*+json'] }))
  app.post(TOKEN_PATH, (req, res) => {
    const media = (req.get('Content-Type') ?? 'application/json').split(';')[0].trim().toLowerCase()
    if (media !== 'application/json' && !media.endsWith('+json')) return refusal(res, 415, 'Unsupported Media Type')
    if (!validate(req.body)) {
      const [{ instancePath, message }] = validate.errors
      return refusal(res, 400, `body${instancePath}: ${message}`)
    }
    if (!isClient(req.body.clientId, req.body.clientSecret)) {
      return refusal(res.set('WWW-Authenticate', 'Bearer'), 401, 'Unauthorized')
    }
    res.set('Cache-Control', 'no-store').json(grant())
  })
  app.all(TOKEN_PATH, (req, res) => refusal(res.set('Allow', 'POST'), 405, 'Method Not Allowed'))
  app.use((req, res) => refusal(res, 404, 'Not Found'))
  app.use((error, req, res, next) => {
    const status = error.status >= 400 && error.status < 500 ? error.status : 500
    refusal(res, status, status === 413 ? 'The body is too large' : 'The request cannot be read')
  })
  return app
}

function hasty () {
  const app = express()
  app.use(express.json())
  app.use(express.urlencoded({ extended: true }))

  app.post(TOKEN_PATH, (req, res) => {
    const { clientId, clientSecret } = req.body
    if (!clientId || !clientSecret) {
      return res.status(400).json({ error: 'clientId and clientSecret are required' })
    }
    if (clientId !== CLIENT_ID || clientSecret !== CLIENT_SECRET) {
      return res.status(401).json({ error: 'invalid_client' })
    }
    const expiresIn = '24h'
    const accessToken = jwt.sign({ userId: 123 }, 'changeme', { expiresIn })
    res.json({ accessToken, tokenType: 'Bearer', expiresIn })
  })
  return app
}

const app = careless ? hasty() : conforming()
const server = app.listen(Number(option('port', 0)), '127.0.0.1', (error) => {
  if (error) throw error
  ready(`http://127.0.0.1:${server.address().port}${PREFIX}`)
})
