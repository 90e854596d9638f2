import { BatchSettings, ChannelSpec, DeploymentSpec, errorCatalogue, NetworkSpec, OrganizationSpec } from '@cello/model'
import { z } from 'zod'
import { Block, ChainTransaction, Channel, TransactionTrace } from './channel.ts'
import { Connection, Endpoint } from './connection.ts'
import { Call, CallResult, Contract } from './contract.ts'
import { FabricRelease, Host, InstallFabric } from './host.ts'
import { Certificate, Identity, NewIdentity } from './identity.ts'
import { Network, NetworkSummary, Organization } from './network.ts'
import { LogLine, Node, NodeStats } from './node.ts'
import { Failure, Note, Operation, OperationEvent, PlannedStep, PlanPreview, Step } from './operation.ts'
import { Package } from './package.ts'
import { paramNames, pathParams } from './params.ts'
import { Problem } from './problem.ts'
import { commonErrors, isWrite, pathOf, type RouteDefinition, writeErrors } from './route.ts'
import { allRoutes } from './routes.ts'
import { Health, Version } from './system.ts'
import { Transaction } from './transaction.ts'

/** Schemas that stand under a name of their own in the document. */
const named = {
  BatchSettings,
  Block,
  Call,
  CallResult,
  Certificate,
  ChainTransaction,
  TransactionTrace,
  Channel,
  ChannelSpec,
  Connection,
  Contract,
  DeploymentSpec,
  Endpoint,
  FabricRelease,
  Failure,
  Health,
  Host,
  Identity,
  InstallFabric,
  LogLine,
  Network,
  NetworkSpec,
  NetworkSummary,
  NewIdentity,
  Node,
  NodeStats,
  Note,
  Operation,
  OperationEvent,
  Organization,
  OrganizationSpec,
  Package,
  PlannedStep,
  PlanPreview,
  Problem,
  Step,
  Transaction,
  Version,
} as const satisfies Record<string, z.ZodType>

type Json = Record<string, unknown>
type Direction = 'input' | 'output'

/** The OpenAPI 3.1 document of the whole API, made from the routes. Equal input gives equal bytes. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {}
  for (const { name, noun, route } of allRoutes()) {
    const path = pathOf(route)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, noun, route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cello',
      version,
      description: 'Blockchain networks, built, run and looked after on the machines you have.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: {
        Problem: {
          description: 'What went wrong, and what to do next',
          content: { 'application/problem+json': { schema: { $ref: refTo('Problem') } } },
        },
      },
      schemas: { ...components('output'), ...components('input') },
    },
  }
}

function operationOf(name: string, noun: string, route: RouteDefinition): Json {
  return {
    operationId: name,
    tags: [noun],
    summary: route.summary,
    'x-permission': route.permission,
    'x-since': route.since,
    ...(route.permission === 'open' ? { security: [] } : {}),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...requestOf(route),
    responses: { [String(route.status)]: successOf(route), ...problemsOf(route) },
  }
}

function pathParameters(route: RouteDefinition): Json[] {
  return paramNames(route.path).map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: schemaOf(pathParams[name], 'input'),
  }))
}

function queryParameters(route: RouteDefinition): Json[] {
  return Object.entries<z.ZodType>(route.query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(schema, 'input'),
  }))
}

function headerParameters(route: RouteDefinition): Json[] {
  const headers: [string, boolean][] = []
  if (isWrite(route)) headers.push(['Idempotency-Key', false])
  if (route.ifMatch) headers.push(['If-Match', route.ifMatch === 'required'])
  if (route.events) headers.push(['Last-Event-ID', false])
  return headers.map(([name, required]) => ({ name, in: 'header', required, schema: { type: 'string' } }))
}

function requestOf(route: RouteDefinition): Json {
  if (route.upload) {
    return {
      requestBody: { required: true, content: { [route.upload]: { schema: { type: 'string', format: 'binary' } } } },
    }
  }
  if (!route.body) return {}
  return { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } }
}

function successOf(route: RouteDefinition): Json {
  const headers: Json = {
    'X-Request-Id': { schema: { type: 'string' } },
    ...(route.etag ? { ETag: { schema: { type: 'string' } } } : {}),
    ...(route.status === 202 ? { Location: { schema: { type: 'string' } } } : {}),
  }
  return { description: route.summary, headers, content: contentOf(route) }
}

function contentOf(route: RouteDefinition): Json {
  if (route.events) return { 'text/event-stream': { schema: schemaOf(route.events, 'output') } }
  if (route.text)
    return { [route.text]: { schema: route.text === 'text/plain' ? { type: 'string' } : { type: 'object' } } }
  return route.reply ? { 'application/json': { schema: schemaOf(route.reply, 'output') } } : {}
}

/** The problems that a route can answer, its own and the common ones, by status. */
function problemsOf(route: RouteDefinition): Json {
  const codes = new Set([...commonErrors, ...(isWrite(route) ? writeErrors : []), ...route.errors])
  const byStatus = Map.groupBy([...codes].sort(), (code) => errorCatalogue[code].status)
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      // A reference may be described anew: OpenAPI 3.1, 4.8.23.
      .map(([status, found]) => [
        String(status),
        { $ref: '#/components/responses/Problem', description: found.join(', ') },
      ]),
  )
}

const registries = { input: registryOf('input'), output: registryOf('output') }

function registryOf(direction: Direction) {
  const registry = z.registry<{ id: string }>()
  for (const [name, schema] of Object.entries(named)) registry.add(schema, { id: nameOf(name, direction) })
  return registry
}

/** What callers write has defaults left out, so it has a name of its own. */
function nameOf(name: string, direction: Direction): string {
  return direction === 'input' ? `${name}Input` : name
}

const written: readonly string[] = [
  'BatchSettings',
  'Call',
  'ChannelSpec',
  'DeploymentSpec',
  'InstallFabric',
  'NetworkSpec',
  'NewIdentity',
  'OrganizationSpec',
]

function components(io: Direction): Json {
  const { schemas } = z.toJSONSchema(registries[io], { io, uri: refTo, unrepresentable: 'any', override: shorten })
  const kept = Object.entries(schemas).filter(([id]) => io === 'output' || written.includes(id.replace(/Input$/, '')))
  return Object.fromEntries(
    kept.map(([id, schema]) => [id, bare({ ...schema })]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  )
}

function schemaOf(schema: z.ZodType, io: Direction): Json {
  const own = Object.entries(named).find(([, one]) => one === schema)
  if (own) return { $ref: refTo(nameOf(own[0], io)) }
  // A registry of its own makes the named parts of an unnamed schema come out as references.
  const registry = registryOf(io)
  registry.add(schema, { id: '_' })
  const { schemas } = z.toJSONSchema(registry, { io, uri: refTo, unrepresentable: 'any', override: shorten })
  return bare({ ...schemas['_'] })
}

function refTo(id: string): string {
  return `#/components/schemas/${id}`
}

function bare({ $schema: _schema, $id: _id, ...rest }: Json): Json {
  return rest
}

/** zod spells out what a format or `integer` says already. */
function shorten({ jsonSchema }: { jsonSchema: Json }): void {
  if (jsonSchema['format'] === 'date-time' || jsonSchema['format'] === 'uuid') delete jsonSchema['pattern']
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum']
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum']
}
