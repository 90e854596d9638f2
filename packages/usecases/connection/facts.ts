/** Where one node is dialled, and whom to trust there. */
export interface EndpointView {
  node: string
  organization: string
  address: string
  serverName: string
  adminAddress?: string | undefined
  tlsRoot: string
}

/** What is known of how an application of one organization connects. */
export interface ConnectionFacts {
  network: string
  organization: string
  mspId: string
  channels: string[]
  peers: EndpointView[]
  orderers: EndpointView[]
}
