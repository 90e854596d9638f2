/** What a caller may be allowed to do. An actor holds some of them; what none is held for is refused. */
export const permissions = [
  'hosts:read',
  'hosts:write',
  'networks:read',
  'networks:write',
  'identities:read',
  'identities:write',
  'transactions:read',
  'transactions:write',
  'packages:read',
  'packages:write',
  'operations:read',
  'operations:write',
  'system:read',
] as const
export type Permission = (typeof permissions)[number]
