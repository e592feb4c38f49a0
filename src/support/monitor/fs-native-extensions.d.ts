/** The part that is used; the package ships no types. */
declare module 'fs-native-extensions' {
  /** Open-file-description lock on the whole file; the kernel frees it when its last descriptor closes. */
  export function tryLock(fd: number): boolean;
}
