# Builds the wrapper's image: one static file, and the notices of what it contains.
#
#   docker build -t cloudtaser-wrapper .
#
# --platform names another processor than this machine's, or several (buildx):
# linux/amd64, linux/arm64. The build runs on this machine's, without emulation.
#
# In an image of yours, as its entrypoint:
#
#   COPY --from=cloudtaser-wrapper /cloudtaser-wrapper /cloudtaser-wrapper
#   ENTRYPOINT ["/cloudtaser-wrapper"]
#   CMD ["/app"]
#
# A build that cannot reach Docker Hub names its own images: BUILD_IMAGE is
# Debian 12 or 13 with deno 2.9.6, or with npm to fetch it; FINAL_IMAGE is
# anything, distroless static for example. NPM_CONFIG_REGISTRY names a mirror.

# node 22.23.3 for every processor.
ARG BUILD_IMAGE=docker.io/library/node:22-bookworm@sha256:363e1587494626837fa7f9a23bdb453d13b0ff3c67c705c2805cfc69c2d2fad7
ARG FINAL_IMAGE=scratch

FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
ARG NPM_CONFIG_REGISTRY
WORKDIR /src
COPY deno.json deno.lock main.ts LICENSE ./
COPY c ./c
COPY ffi ./ffi
COPY src ./src
COPY tools ./tools
ARG TARGETARCH
RUN arch="${TARGETARCH:+--arch=$TARGETARCH}" && \
    tools/deno task compile $arch --output=dist/cloudtaser-wrapper && \
    tools/deno run -A tools/release/notices.ts $arch dist/THIRD_PARTY_NOTICES

FROM ${FINAL_IMAGE}
COPY --from=build /src/dist/cloudtaser-wrapper /src/dist/THIRD_PARTY_NOTICES /
USER 65532:65532
ENTRYPOINT ["/cloudtaser-wrapper"]
