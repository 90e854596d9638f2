/** What the node calls itself: never Fabric, whose version numbers it does not carry. */
export const nodeVersion = 'devnode-0.0.0'
