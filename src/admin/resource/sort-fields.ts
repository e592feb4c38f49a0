import { z } from 'zod';

/** What a list can be sorted by besides `createdAt`, of which ids are the order. */
export type SortField = 'name' | 'updatedAt' | 'priority' | 'effectiveFrom';

/** Of rows that have a name, and of those that have none. */
export const NAMED_SORTS: readonly SortField[] = ['updatedAt', 'name'];
export const NAMELESS_SORTS: readonly SortField[] = ['updatedAt'];

/** A value of the field as a cursor carries it; what was tampered with is refused before it reaches the database. */
const POSITIONS = {
  createdAt: z.literal(''),
  name: z.string().refine((text) => !text.includes('\u0000') && text.isWellFormed()),
  updatedAt: z.iso.datetime().transform((text) => new Date(text)),
  priority: z.int32(),
  effectiveFrom: z.iso.date().refine((text) => !text.startsWith('0000')),
} satisfies Record<SortField | 'createdAt', z.ZodType>;

export interface Sort {
  /** Null: by id alone, which is the order of creation. */
  field: SortField | null;
  isDescending: boolean;
}

/** `-updatedAt` */
export function parseSort(text: string): Sort {
  const isDescending = text.startsWith('-');
  const field = (isDescending ? text.slice(1) : text) as SortField | 'createdAt';
  return { field: field === 'createdAt' ? null : field, isDescending };
}

/** Null for what can be no value of the field. */
export function parsePosition({ field }: Sort, value: unknown): { value: unknown } | null {
  const parsed = POSITIONS[field ?? 'createdAt'].safeParse(value);
  return parsed.success ? { value: parsed.data } : null;
}
