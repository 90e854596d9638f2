/** In the order in which they take turns. */
export const ways = ['ours', 'one-by-one', 'all-at-once'] as const
export type Way = (typeof ways)[number]
