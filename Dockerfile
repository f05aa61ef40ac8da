# The node as an image: skiffd and the load generator skiff with the Swift runtime linked in, on Debian with RocksDB and
# nothing else.

FROM swift:6.3-bookworm AS build
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends librocksdb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN swift build --configuration release --static-swift-stdlib -Xswiftc -use-ld=lld \
        -Xswiftc -enforce-exclusivity=unchecked \
    && binaries=$(swift build --configuration release --static-swift-stdlib --show-bin-path) \
    && strip --strip-debug -o /skiffd "$binaries/skiffd" \
    && strip --strip-debug -o /skiff "$binaries/skiff"

FROM debian:bookworm-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends librocksdb7.8 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /app --shell /usr/sbin/nologin skiff \
    && install --directory --owner=skiff --group=skiff --mode=0700 /var/lib/skiff /app
COPY --from=build /skiffd /skiff /usr/local/bin/
LABEL org.opencontainers.image.title="Skiff" \
      org.opencontainers.image.description="A replicated key-value store over HTTP" \
      org.opencontainers.image.licenses="Apache-2.0"
# A relative RAFT_VOL_DIR, as raft-sample's users have it, lies below /app.
WORKDIR /app
ENV RAFT_VOL_DIR=/var/lib/skiff
VOLUME /var/lib/skiff
EXPOSE 2221 1111
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["skiffd", "health"]
ENTRYPOINT ["skiffd"]
