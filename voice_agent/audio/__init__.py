"""Sound as bytes: frames, levels, G.711 mu-law, resampling. Pure."""
