// SPDX-License-Identifier: GPL-3.0-or-later
// rtsp_camera: a video file as an RTSP camera on 127.0.0.1, by GStreamer's RTSP server. Prints "ready URL".
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <glib-unix.h>

namespace {

constexpr const char *kUsage = "Usage: rtsp_camera [--address A] [--port N] [--user NAME --password WORD [--digest]] [--transport tcp|udp]\n"
                               "                   [--certificate FILE] [--h265] [--sound | --film] (FILE | --no-video)\n"
                               "FILE of --certificate: certificate and key, PEM.\n";
/// Test files are short; a film would be read whole into memory.
constexpr std::size_t kMaxBytes = 512u << 20;

struct Options {
    std::string file;
    std::string address = "127.0.0.1";
    std::string port = "0";
    std::string user;
    std::string password;
    std::string transport;     // empty: both
    std::string certificate;   // empty: no TLS
    bool digest = false;
    bool sound = false;        // beside the video
    bool film = false;         // the file's own sound as well, once
    bool video = true;
    bool h265 = false;
};

bool parse(int argc, char **argv, Options &options)
{
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const bool more = i + 1 < argc;
        if (word == "--no-video")
            options.video = false;
        else if (word == "--h265")
            options.h265 = true;
        else if (word == "--digest")
            options.digest = true;
        else if (word == "--film")
            options.film = true;
        else if (word == "--sound")
            options.sound = true;
        else if (word == "--address" && more)
            options.address = argv[++i];
        else if (word == "--transport" && more)
            options.transport = argv[++i];
        else if (word == "--certificate" && more)
            options.certificate = argv[++i];
        else if (word == "--port" && more)
            options.port = argv[++i];
        else if (word == "--user" && more)
            options.user = argv[++i];
        else if (word == "--password" && more)
            options.password = argv[++i];
        else if (!word.empty() && word[0] != '-' && options.file.empty())
            options.file = word;
        else
            return false;
    }
    return options.video != options.file.empty();
}

/// The file's access units as they are (Annex B), with the times of the file.
struct Film {
    std::vector<GstBuffer *> units;
    GstCaps *caps = nullptr;
    GstClockTime length = 0;
};

bool load(const std::string &file, bool h265, Film &film)
{
    const std::string codec = h265 ? "h265" : "h264";
    const std::string launch = "filesrc name=file ! parsebin ! " + codec + "parse config-interval=-1 ! video/x-" + codec
        + ",stream-format=byte-stream,alignment=au ! appsink name=units sync=false";
    GError *error = nullptr;
    GstElement *pipeline = gst_parse_launch(launch.c_str(), &error);
    if (!pipeline) {
        std::fprintf(stderr, "rtsp_camera: %s\n", error->message);
        g_error_free(error);
        return false;
    }
    GstElement *source = gst_bin_get_by_name(GST_BIN(pipeline), "file");
    g_object_set(source, "location", file.c_str(), nullptr);
    gst_object_unref(source);
    GstAppSink *sink = GST_APP_SINK(gst_bin_get_by_name(GST_BIN(pipeline), "units"));
    gst_element_set_state(pipeline, GST_STATE_PLAYING);

    std::size_t bytes = 0;
    GstClockTime first = GST_CLOCK_TIME_NONE;
    constexpr GstClockTime kWait = 10 * GST_SECOND;
    while (GstSample *sample = gst_app_sink_try_pull_sample(sink, kWait)) {
        GstBuffer *unit = gst_buffer_copy(gst_sample_get_buffer(sample));
        if (!film.caps)
            film.caps = gst_caps_copy(gst_sample_get_caps(sample));
        gst_sample_unref(sample);
        bytes += gst_buffer_get_size(unit);
        if (!GST_BUFFER_DTS_IS_VALID(unit))
            GST_BUFFER_DTS(unit) = GST_BUFFER_PTS(unit);
        if (!GST_CLOCK_TIME_IS_VALID(first))
            first = GST_BUFFER_DTS(unit);
        GST_BUFFER_PTS(unit) -= first;
        GST_BUFFER_DTS(unit) -= first;
        film.units.push_back(unit);
        if (bytes > kMaxBytes) {
            std::fprintf(stderr, "rtsp_camera: %s is too large\n", file.c_str());
            return false;
        }
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(sink);
    gst_object_unref(pipeline);
    if (film.units.size() < 2) {
        std::fprintf(stderr, "rtsp_camera: %s: no %s in it\n", file.c_str(), codec.c_str());
        return false;
    }
    const GstClockTime span = GST_BUFFER_DTS(film.units.back());
    film.length = span + span / (film.units.size() - 1);
    return true;
}

/// Where one media of the server is in the film; freed with its source.
struct Position {
    const Film *film;
    std::size_t unit = 0;
    GstClockTime offset = 0;
};

void needData(GstElement *source, guint, gpointer data)
{
    auto *position = static_cast<Position *>(data);
    const Film &film = *position->film;
    GstBuffer *unit = gst_buffer_copy(film.units[position->unit]);
    GST_BUFFER_PTS(unit) += position->offset;
    GST_BUFFER_DTS(unit) += position->offset;
    if (++position->unit == film.units.size()) {
        position->unit = 0;
        position->offset += film.length;
    }
    gst_app_src_push_buffer(GST_APP_SRC(source), unit);
}

void configure(GstRTSPMediaFactory *, GstRTSPMedia *media, gpointer film)
{
    GstElement *bin = gst_rtsp_media_get_element(media);
    GstElement *source = gst_bin_get_by_name_recurse_up(GST_BIN(bin), "source");
    auto *position = new Position{static_cast<const Film *>(film)};
    g_object_set(source, "format", GST_FORMAT_TIME, "caps", position->film->caps, "max-buffers", guint64(4), "block", FALSE, nullptr);
    g_object_set_data_full(G_OBJECT(source), "position", position, [](gpointer p) { delete static_cast<Position *>(p); });
    g_signal_connect(source, "need-data", G_CALLBACK(needData), position);
    gst_object_unref(source);
    gst_object_unref(bin);
}

void addPassword(GstRTSPAuth *auth, GstRTSPMediaFactory *factory, const Options &options)
{
    GstRTSPToken *token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "user", nullptr);
    if (options.digest) {
        gst_rtsp_auth_set_supported_methods(auth, GST_RTSP_AUTH_DIGEST);
        gst_rtsp_auth_add_digest(auth, options.user.c_str(), options.password.c_str(), token);
    } else {
        gchar *basic = gst_rtsp_auth_make_basic(options.user.c_str(), options.password.c_str());
        gst_rtsp_auth_add_basic(auth, basic, token);
        g_free(basic);
    }
    gst_rtsp_token_unref(token);
    gst_rtsp_media_factory_add_role(factory, "user", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                    GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, nullptr);
}

/// TLS alone lets anybody in.
void letAnybodyIn(GstRTSPAuth *auth, GstRTSPMediaFactory *factory)
{
    GstRTSPToken *token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "anybody", nullptr);
    gst_rtsp_auth_set_default_token(auth, token);
    gst_rtsp_token_unref(token);
    gst_rtsp_media_factory_add_role(factory, "anybody", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                    GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, nullptr);
}

bool protect(GstRTSPServer *server, GstRTSPMediaFactory *factory, const Options &options)
{
    if (options.user.empty() && options.certificate.empty())
        return true;
    GstRTSPAuth *auth = gst_rtsp_auth_new();
    if (!options.certificate.empty()) {
        GError *error = nullptr;
        GTlsCertificate *certificate = g_tls_certificate_new_from_file(options.certificate.c_str(), &error);
        if (!certificate) {
            std::fprintf(stderr, "rtsp_camera: %s\n", error->message);
            return false;
        }
        gst_rtsp_auth_set_tls_certificate(auth, certificate);
        g_object_unref(certificate);
    }
    if (options.user.empty())
        letAnybodyIn(auth, factory);
    else
        addPassword(auth, factory, options);
    gst_rtsp_server_set_auth(server, auth);
    g_object_unref(auth);
    return true;
}

std::string pipelineOf(const Options &options)
{
    if (!options.video)
        return "( audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay0 pt=8 )";
    if (options.film)
        return "( filesrc location=" + options.file + " ! qtdemux name=film film. ! queue ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1"
               " film. ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97 )";
    const std::string codec = options.h265 ? "h265" : "h264";
    std::string pipeline = "( appsrc name=source ! " + codec + "parse ! rtp" + codec + "pay name=pay0 pt=96 config-interval=-1";
    if (options.sound)
        pipeline += " audiotestsrc is-live=true ! audio/x-raw,rate=44100,channels=2 ! voaacenc ! aacparse ! rtpmp4gpay name=pay1 pt=97";
    return pipeline + " )";
}

gboolean quit(gpointer loop)
{
    g_main_loop_quit(static_cast<GMainLoop *>(loop));
    return G_SOURCE_REMOVE;
}

} // namespace

int main(int argc, char **argv)
{
    Options options;
    if (!parse(argc, argv, options)) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    gst_init(nullptr, nullptr);
    Film film;
    const bool loops = options.video && !options.film;
    if (loops && !load(options.file, options.h265, film))
        return 1;

    GstRTSPServer *server = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server, options.address.c_str());
    gst_rtsp_server_set_service(server, options.port.c_str());
    GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, pipelineOf(options).c_str());
    if (!options.transport.empty())
        gst_rtsp_media_factory_set_protocols(factory, options.transport == "udp" ? GST_RTSP_LOWER_TRANS_UDP : GST_RTSP_LOWER_TRANS_TCP);
    // One film for all who watch, as with a camera; it begins anew when somebody comes after the last has left.
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    if (loops)
        g_signal_connect(factory, "media-configure", G_CALLBACK(configure), &film);
    if (!protect(server, factory, options))
        return 1;
    GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(server);
    gst_rtsp_mount_points_add_factory(mounts, "/camera", factory);
    g_object_unref(mounts);
    if (gst_rtsp_server_attach(server, nullptr) == 0) {
        std::fprintf(stderr, "rtsp_camera: cannot listen on port %s\n", options.port.c_str());
        return 1;
    }
    GMainLoop *loop = g_main_loop_new(nullptr, FALSE);
    g_unix_signal_add(SIGTERM, quit, loop);
    g_unix_signal_add(SIGINT, quit, loop);
    const bool ipv6 = options.address.find(':') != std::string::npos;
    std::printf("ready %s://%s%s%s:%d/camera\n", options.certificate.empty() ? "rtsp" : "rtsps", ipv6 ? "[" : "",
                options.address.c_str(), ipv6 ? "]" : "", gst_rtsp_server_get_bound_port(server));
    std::fflush(stdout);
    g_main_loop_run(loop);
    return 0;
}
