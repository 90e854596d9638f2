import { z } from 'zod'
import { QueryFlag } from './page.ts'
import { route } from './route.ts'

export const Health = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })).optional(),
})
export type Health = z.output<typeof Health>

export const Version = z.object({
  name: z.literal('cello'),
  version: z.string(),
  node: z.string(),
  api: z.literal('v1'),
})
export type Version = z.output<typeof Version>

export const systemRoutes = {
  live: route({
    method: 'GET',
    path: '/livez',
    outside: true,
    summary: 'Whether the server runs',
    permission: 'open',
    reply: Health,
    status: 200,
    errors: [],
    since: '0.1.0',
  }),
  ready: route({
    method: 'GET',
    path: '/readyz',
    outside: true,
    summary: 'Whether the server takes work; `verbose=true` names what was looked at',
    permission: 'open',
    query: z.strictObject({ verbose: QueryFlag.optional() }),
    reply: Health,
    status: 200,
    errors: [],
    since: '0.1.0',
  }),
  version: route({
    method: 'GET',
    path: '/version',
    outside: true,
    summary: 'What runs here',
    permission: 'open',
    reply: Version,
    status: 200,
    errors: [],
    since: '0.1.0',
  }),
  metrics: route({
    method: 'GET',
    path: '/metrics',
    outside: true,
    summary: 'Figures in the text form of Prometheus',
    permission: 'system:read',
    text: 'text/plain',
    status: 200,
    errors: [],
    since: '0.1.0',
  }),
  openapi: route({
    method: 'GET',
    path: '/openapi.json',
    outside: true,
    summary: 'This description',
    permission: 'open',
    text: 'application/json',
    status: 200,
    errors: [],
    since: '0.1.0',
  }),
} as const
