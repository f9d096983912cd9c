//! Sound for ends that speak and listen: Opus, WAV, tones and how to recognise them.
