/// Named points where tests stop the process, or make it leak on purpose; debug builds only.

package import Cryptography
internal import Glibc
internal import Reporting

/// What tests ask of a debug build; a release build does none of it.
package enum TestHooks {
  /// Marks a step as done: says its name, or stops the process there, when a test asks for it.
  package static func reached(_ step: String, say: (String) -> Void) {
    #if DEBUG
      if Surroundings.text("MOLTSEAL_TEST_STEPS") != nil { say(step) }
      guard let wanted = Surroundings.text("MOLTSEAL_TEST_STOP")?.split(separator: ":"),
        wanted.count == 2, wanted[0] == step
      else { return }
      kill(getpid(), wanted[1] == "STOP" ? SIGSTOP : SIGKILL)
    #endif
  }

  /// Leaks a secret when asked to: the positive control of the leak tests.
  package static func leak(_ secret: SecretBytes) {
    #if DEBUG
      guard let way = Surroundings.text("MOLTSEAL_TEST_LEAK") else { return }
      secret.withBytes { bytes in
        // Never freed and never wiped.
        guard let copy = malloc(bytes.count + 1), let base = bytes.baseAddress else { return }
        memcpy(copy, base, bytes.count)
        copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
        switch way {
        case "file":
          let file = open("leak.txt", O_WRONLY | O_CREAT | O_APPEND, 0o600)
          _ = write(file, copy, bytes.count)
          close(file)
        case "argv":
          var arguments: [UnsafeMutablePointer<CChar>?] = [
            strdup("/bin/true"), copy.assumingMemoryBound(to: CChar.self), nil,
          ]
          var child = pid_t()
          posix_spawn(&child, "/bin/true", nil, nil, &arguments, nil)
          waitpid(child, nil, 0)
        default: break
        }
      }
    #endif
  }
}
