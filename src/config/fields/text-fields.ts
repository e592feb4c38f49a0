import { z } from 'zod';

/*
 * What a field of the configuration may hold: the same in the configuration document and in the admin API, so that what one
 * of them accepts, the other does too, and every export can be imported. Both build their schemas of the files in this
 * folder; what differs is only how they refer to things (by name or by id) and to secrets.
 */

/** No control characters, nor spaces at the ends. Without flags, which a pattern of an OpenAPI document cannot have. */
const PRINTABLE =
  /^[^\s\u0000-\u001f\u007f-\u009f](?:[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f])?$/;

/** One line without spaces around it, so that names mean the same wherever they are typed. */
export function line(maxLength: number) {
  return z.string().max(maxLength).regex(PRINTABLE, 'must be one line of text, without spaces around it');
}

export const nameField = line(128);

export const modelNameField = line(256).refine((name) => !name.includes('*'), 'must not contain "*"');

/** Model names; `*` stands for any run of characters. */
export const modelPatternField = line(256);

export const upstreamModelField = line(256);

export const userField = line(256);

export const tagNameField = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be at most 64 letters, digits, "_", "." and "-"');

export const tagValueField = z
  .string()
  .regex(/^[^,=\s][^,=]{0,127}$/, 'must be at most 128 characters without "," and "="');

export const tagField = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}=[^,=\s][^,=]{0,127}$/, 'must be written name=value');

/** What is written down without being in force is switched off. */
export const enabledField = z.boolean().default(true);
