# Builds the wrapper's image: one static file and nothing else.
#
#   docker build -t cloudtaser-wrapper .
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

ARG BUILD_IMAGE=docker.io/library/node:22-bookworm
ARG FINAL_IMAGE=scratch

FROM ${BUILD_IMAGE} AS build
ARG NPM_CONFIG_REGISTRY
WORKDIR /src
COPY deno.json deno.lock main.ts ./
COPY c ./c
COPY ffi ./ffi
COPY src ./src
COPY tools ./tools
RUN if command -v deno >/dev/null; then deno task compile; else npx -y deno@2.9.6 task compile; fi

FROM ${FINAL_IMAGE}
COPY --from=build /src/dist/cloudtaser-wrapper /cloudtaser-wrapper
USER 65532:65532
ENTRYPOINT ["/cloudtaser-wrapper"]
