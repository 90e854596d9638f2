import type { Context } from '@cello/usecases'
import { administrator, listNetworks, listNodes, listOperations } from '@cello/usecases'
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Milliseconds between two looks at the delay of the event loop: prom-client's 10 would keep an idle server busy. */
const eventLoopPrecisionMs = 100

/** Networks whose states are counted at a look; more are left out, so that a scrape stays cheap. */
const countedNetworks = 200

/** Figures of this server. States are counted only when somebody asks. @returns how they are read, in Prometheus' text form */
export function measure(app: FastifyInstance, context: Context): () => Promise<string> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'cello_', eventLoopMonitoringPrecision: eventLoopPrecisionMs })
  const requests = new Histogram({
    name: 'cello_http_request_seconds',
    help: 'Time from the head of a request to the end of its answer, by route of the API',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.config.routeName ?? 'none'
    requests.observe({ route, method: request.method, status: reply.statusCode }, reply.elapsedTime / 1000)
  })
  countStates(registry, context)
  return () => registry.metrics()
}

function countStates(registry: Registry, context: Context): void {
  const call = { actor: administrator }
  const page = { limit: countedNetworks }
  new Gauge({
    name: 'cello_networks',
    help: 'Networks by state',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { state } of (await listNetworks(context, call, page)).items) this.inc({ state })
    },
  })
  new Gauge({
    name: 'cello_nodes',
    help: 'Nodes by kind and state',
    labelNames: ['kind', 'state'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const network of (await listNetworks(context, call, page)).items) {
        const nodes = await listNodes(context, call, { network: network.id, page: { limit: 1000 } })
        for (const { kind, state } of nodes.items) this.inc({ kind, state })
      }
    },
  })
  new Gauge({
    name: 'cello_open_operations',
    help: 'Operations that go on, wait or have failed, by state',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { state } of (await listOperations(context, call, { page, open: true })).items) this.inc({ state })
    },
  })
}
