/** Why a trial counts for a family: it was started in it, or it looked at the same thing under another name. */
export type Relation = 'family' | 'data set' | 'author' | 'training rows' | 'file'
