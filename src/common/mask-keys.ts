/** Keys and tokens of the gateway: what lists show of them, and the rest, also where it is cut short. */
const KEY = /(tp[ak]_[0-9A-Za-z]{8})[0-9A-Za-z]+/g;

/** Leaves of every key in the text the prefix that lists show. */
export const maskKeys = (text: string): string => (text.includes('tp') ? text.replace(KEY, '$1***') : text);
